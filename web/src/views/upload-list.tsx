import { FileText, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { localeOf } from "../i18n";
import { codeText } from "../view-models/problem-text";
import { sizeText } from "../view-models/use-file";
import type { UploadModel } from "../view-models/use-uploads";
import { IconButton } from "./parts";
import styles from "./upload-list.module.css";

interface UploadListProps {
  files: readonly UploadModel[];
  /** How large one may be. */
  bytesMax: number;
  onRemove(key: number): void;
}

/** The files that go with the message, and how far each of them is. */
export function UploadList({ files, bytesMax, onRemove }: UploadListProps) {
  const { t } = useTranslation();
  if (files.length === 0) return null;
  return (
    <ul className={styles["list"]} aria-label={t("files.label")}>
      {files.map((file) => (
        <li key={file.key} className={styles["file"]} data-state={file.state.kind}>
          {file.preview === null ? <FileText size={24} aria-hidden="true" /> : <img src={file.preview} alt="" />}
          <span className={styles["text"]}>
            <span className={styles["name"]}>{file.name}</span>
            <State file={file} bytesMax={bytesMax} />
          </span>
          <IconButton label={t("files.remove", { name: file.name })} onClick={() => onRemove(file.key)}>
            <X size={16} aria-hidden="true" />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}

function State({ file: { state, name, bytes }, bytesMax }: { file: UploadModel; bytesMax: number }) {
  const { t, i18n } = useTranslation();
  const size = (count: number) => sizeText(count, localeOf(i18n.language));
  const problem = (code: string) => (code === "attachment_too_large" ? t("files.too_large", { size: size(bytesMax) }) : codeText(t, code));
  switch (state.kind) {
    case "uploading":
      return <progress className={styles["progress"]} aria-label={t("files.uploading", { name })} value={state.share} max={1} />;
    case "done":
      return <span className={styles["size"]}>{size(bytes)}</span>;
    case "failed":
      return <span className={styles["error"]} role="alert">{problem(state.code)}</span>;
  }
}
