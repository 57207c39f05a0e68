import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { localeOf } from "../../i18n";
import { useAct } from "../../view-models/use-act";
import { useAuditActs, type AuditFilter } from "../../view-models/use-audit";
import { sizeText } from "../../view-models/use-file";
import { useSaving } from "../../view-models/use-saving";
import styles from "../account/part.module.css";
import { Alert, Button } from "../parts";

/** Saves what the filter lets through, all of it, not only what is on show. */
export function AuditExport({ filter }: { filter: AuditFilter }) {
  const { t, i18n } = useTranslation();
  const { save } = useAuditActs();
  const { bytes, done, start, cancel } = useSaving();
  const { run, problem } = useAct();
  return (
    <>
      {problem === null ? null : <Alert>{problem}</Alert>}
      <div className={styles["row"]}>
        {bytes === null ? (
          <Button onClick={() => run(() => start((onProgress, signal) => save(filter, onProgress, signal)))}>
            <Download size={17} aria-hidden="true" />
            {t("admin.audit.export")}
          </Button>
        ) : (
          <Button onClick={cancel}>{t("app.cancel")}</Button>
        )}
        <span role="status" className={styles["soft"]}>
          {bytes === null ? (done ? t("admin.audit.exported") : t("admin.audit.export_help")) : t("account.export.progress", { size: sizeText(bytes, localeOf(i18n.language)) })}
        </span>
      </div>
    </>
  );
}
