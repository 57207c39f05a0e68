import { Download, FileText, ImageOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { localeOf } from "../i18n";
import { useChatScene } from "../view-models/chat-context";
import { useProblemText } from "../view-models/problem-text";
import type { Attachment } from "../view-models/timeline";
import { isPicture, sizeText, useDownload, useFile } from "../view-models/use-file";
import styles from "./attachments.module.css";
import { Lightbox } from "./lightbox";

/** The files of a message: pictures are shown, everything else is a download. */
export function Attachments({ files }: { files: readonly Attachment[] }) {
  const [shown, setShown] = useState<Attachment | null>(null);
  if (files.length === 0) return null;
  return (
    <div className={styles["files"]}>
      {files.map((file) =>
        isPicture(file) ? <Picture key={file.id} file={file} onOpen={() => setShown(file)} /> : <FileCard key={file.id} file={file} />,
      )}
      {shown === null ? null : <Lightbox file={shown} onClose={() => setShown(null)} />}
    </div>
  );
}

/** Pixels that a picture takes at most; the style sheet keeps it within its column. */
export const PICTURE_WIDTH = 360;
export const PICTURE_HEIGHT = 280;

function Picture({ file, onOpen }: { file: Attachment; onOpen(): void }) {
  const { t } = useTranslation();
  const { room } = useChatScene();
  const image = useFile(room, file.id);
  const [width, height] = pictureSize(file);
  return (
    <button
      type="button"
      className={styles["picture"]}
      // What the picture will take is taken before it is there, so that nothing moves.
      style={{ width, aspectRatio: `${width} / ${height}` }}
      aria-label={t("files.open", { name: file.name })}
      aria-busy={image.status === "loading"}
      title={file.name}
      onClick={image.status === "failed" ? image.retry : onOpen}
    >
      {image.status === "ready" ? <img src={image.url} alt={file.name} width={width} height={height} /> : null}
      {image.status === "failed" ? (
        <span className={styles["failed"]}>
          <ImageOff size={20} aria-hidden="true" />
          {t("files.failed")}
        </span>
      ) : null}
    </button>
  );
}

export function pictureSize({ width, height }: Attachment): [number, number] {
  if (width === null || height === null || width === 0 || height === 0) return [PICTURE_WIDTH, PICTURE_HEIGHT];
  const scale = Math.min(1, PICTURE_WIDTH / width, PICTURE_HEIGHT / height);
  return [Math.max(48, Math.round(width * scale)), Math.max(32, Math.round(height * scale))];
}

function FileCard({ file }: { file: Attachment }) {
  const { t, i18n } = useTranslation();
  const { room } = useChatScene();
  const download = useDownload(room);
  const sentence = useProblemText();
  const [problem, setProblem] = useState<string | null>(null);
  const save = () => {
    setProblem(null);
    download(file).catch((error: unknown) => setProblem(sentence(error)));
  };
  return (
    <button type="button" className={styles["file"]} onClick={save} aria-label={t("files.save", { name: file.name })}>
      <FileText size={22} aria-hidden="true" />
      <span className={styles["text"]}>
        <span className={styles["name"]}>{file.name}</span>
        <span className={styles["size"]} role={problem === null ? undefined : "alert"}>
          {problem ?? sizeText(file.bytes, localeOf(i18n.language))}
        </span>
      </span>
      <Download size={18} aria-hidden="true" />
    </button>
  );
}
