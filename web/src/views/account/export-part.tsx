import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { localeOf } from "../../i18n";
import { useAct } from "../../view-models/use-act";
import { useExport } from "../../view-models/use-export";
import { sizeText } from "../../view-models/use-file";
import { Alert, Button } from "../parts";
import { Part } from "./part";
import styles from "./part.module.css";

export function ExportPart() {
  const { t, i18n } = useTranslation();
  const { bytes, done, start, cancel } = useExport();
  const { run, problem } = useAct();
  return (
    <Part
      title={t("account.export.title")}
      help={t("account.export.help")}
      act={
        bytes === null ? (
          <Button onClick={() => run(start)}>
            <Download size={17} aria-hidden="true" />
            {t("account.export.start")}
          </Button>
        ) : (
          <Button onClick={cancel}>{t("app.cancel")}</Button>
        )
      }
    >
      {problem === null ? null : <Alert>{problem}</Alert>}
      <div role="status" className={styles["soft"]}>
        {bytes === null ? (
          done ? t("account.export.done") : null
        ) : (
          <>
            <progress className={styles["progress"]} aria-label={t("account.export.title")} />
            {t("account.export.progress", { size: sizeText(bytes, localeOf(i18n.language)) })}
          </>
        )}
      </div>
    </Part>
  );
}
