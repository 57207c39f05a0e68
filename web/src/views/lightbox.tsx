import { Download, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useChatScene } from "../view-models/chat-context";
import type { Attachment } from "../view-models/timeline";
import { useDownload, useFile } from "../view-models/use-file";
import styles from "./lightbox.module.css";
import { Busy, IconButton } from "./parts";
import { useModal } from "./use-modal";

/** A picture as large as the window allows. */
export function Lightbox({ file, onClose }: { file: Attachment; onClose(): void }) {
  const { t } = useTranslation();
  const { room } = useChatScene();
  const dialog = useModal();
  const image = useFile(room, file.id);
  const download = useDownload(room);
  return (
    <dialog
      ref={dialog}
      className={styles["lightbox"]}
      aria-label={file.name}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header className={styles["head"]}>
        <h2 className={styles["name"]}>{file.name}</h2>
        <IconButton label={t("files.save", { name: file.name })} onClick={() => void download(file).catch(() => {})}>
          <Download size={20} aria-hidden="true" />
        </IconButton>
        <IconButton label={t("app.close")} onClick={onClose}>
          <X size={20} aria-hidden="true" />
        </IconButton>
      </header>
      <div className={styles["stage"]}>
        {image.status === "ready" ? <img src={image.url} alt={file.name} /> : null}
        {image.status === "loading" ? <Busy>{t("app.loading")}</Busy> : null}
        {image.status === "failed" ? <p role="alert">{t("files.failed")}</p> : null}
      </div>
    </dialog>
  );
}
