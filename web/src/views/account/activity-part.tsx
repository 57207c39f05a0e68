import { useState } from "react";
import { useTranslation } from "react-i18next";
import { momentsFor } from "../../view-models/moments";
import { useOwnAudit, type AuditEntry } from "../../view-models/use-own-audit";
import { Button } from "../parts";
import { Loaded, Part, RecordItem, Records } from "./part";
import styles from "./part.module.css";
import { actText, useAgentText, useDetailText } from "./words";

/** What was done with the account. It is asked for only by those who want to know. */
export function ActivityPart() {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <Part
      title={t("account.activity.title")}
      help={t("account.activity.help")}
      act={
        <Button aria-expanded={shown} onClick={() => setShown(!shown)}>
          {t(shown ? "account.activity.hide" : "account.activity.show")}
        </Button>
      }
    >
      {shown ? <Activity /> : null}
    </Part>
  );
}

function Activity() {
  const { t } = useTranslation();
  const audit = useOwnAudit();
  return (
    <>
      <Loaded of={audit}>
        {(entries) => (
          <Records of={entries} empty={t("account.activity.empty")}>
            {(entry) => <Line key={entry.id} entry={entry} />}
          </Records>
        )}
      </Loaded>
      {audit.hasNextPage ? (
        <div className={styles["row"]}>
          <Button aria-disabled={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>{t("log.more")}</Button>
        </div>
      ) : null}
    </>
  );
}

function Line({ entry }: { entry: AuditEntry }) {
  const { t, i18n } = useTranslation();
  const agentText = useAgentText();
  const detailText = useDetailText();
  const from = [entry.agent === null ? null : agentText(entry.agent), entry.address].filter((part) => part !== null);
  return <RecordItem title={actText(t, entry.act)} mark={detailText(entry.act, entry.detail)} lines={[momentsFor(i18n.language).full(entry.at), from.join(" · ")]} />;
}
