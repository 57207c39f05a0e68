import { useTranslation } from "react-i18next";
import { momentsFor } from "../view-models/moments";
import { useProblemText } from "../view-models/problem-text";
import { useVersions } from "../view-models/use-message-details";
import { BodyText } from "./body-text";
import { Alert, Busy, Dialog } from "./parts";
import styles from "./versions-dialog.module.css";

/** Every version of a message, the newest first. */
export function VersionsDialog({ room, seq, onClose }: { room: string; seq: number; onClose(): void }) {
  const { t, i18n } = useTranslation();
  const sentence = useProblemText();
  const { data, error } = useVersions(room, seq);
  const moments = momentsFor(i18n.language);
  return (
    <Dialog title={t("message.versions")} onClose={onClose}>
      {error ? <Alert>{sentence(error)}</Alert> : null}
      {data === undefined && !error ? <Busy>{t("app.loading")}</Busy> : null}
      <ol className={styles["versions"]}>
        {data?.toReversed().map((version, index) => (
          <li key={version.seq} className={styles["version"]}>
            <p className={styles["when"]}>
              {index === 0 ? <strong>{t("message.version_now")}</strong> : null}
              {index === data.length - 1 ? <strong>{t("message.version_first")}</strong> : null}
              <time dateTime={new Date(version.at).toISOString()}>{moments.full(version.at)}</time>
            </p>
            {version.body === null ? <p>{t("message.deleted")}</p> : <BodyText body={version.body} />}
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
