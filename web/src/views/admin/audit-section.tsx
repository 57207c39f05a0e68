import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearch } from "wouter";
import { momentsFor } from "../../view-models/moments";
import { plainName } from "../../view-models/names";
import { NO_FILTER, useAudit, type AuditEntry, type AuditFilter } from "../../view-models/use-audit";
import { useNames, type NameOf } from "../../view-models/use-names";
import { Loaded, RecordItem, Records } from "../account/part";
import styles from "../account/part.module.css";
import { actText, useAgentText, useDetailText } from "../account/words";
import { Button } from "../parts";
import { AuditExport } from "./audit-export";
import { AuditForm } from "./audit-form";

/** Who did what, when and from where. Nobody can change it. */
export function AuditSection() {
  const { t } = useTranslation();
  const actor = new URLSearchParams(useSearch()).get("actor") ?? "";
  const [filter, setFilter] = useState<AuditFilter | null>(actor === "" ? NO_FILTER : null);
  return (
    <>
      <p className={styles["soft"]}>{t("admin.audit.help")}</p>
      <AuditForm key={actor} actor={actor} onFilter={setFilter} />
      {filter === null ? null : (
        <>
          <AuditExport filter={filter} />
          <Log filter={filter} />
        </>
      )}
    </>
  );
}

function Log({ filter }: { filter: AuditFilter }) {
  const { t } = useTranslation();
  const audit = useAudit(filter);
  return (
    <>
      <Loaded of={audit}>
        {(entries) => (
          <Records of={entries} empty={t("admin.audit.empty")}>
            {(entry) => <Line key={entry.id} entry={entry} />}
          </Records>
        )}
      </Loaded>
      {audit.hasNextPage ? <Button aria-disabled={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>{t("log.more")}</Button> : null}
    </>
  );
}

function Line({ entry }: { entry: AuditEntry }) {
  const { t, i18n } = useTranslation();
  const agentText = useAgentText();
  const detailText = useDetailText();
  const nameOf = useNames();
  const who = entry.actor === null ? t("admin.audit.nobody") : calledBy(nameOf, entry.actor);
  // Of other things, such as a sign-in, the id tells nobody anything.
  const whom = entry.target === null || !ID.test(entry.target) ? null : t("admin.audit.target", { name: calledBy(nameOf, entry.target) });
  const from = [entry.agent === null ? null : agentText(entry.agent), entry.address];
  return (
    <RecordItem
      title={actText(t, entry.act)}
      mark={detailText(entry.act, entry.detail)}
      lines={[[who, whom].filter((part) => part !== null).join(" "), [momentsFor(i18n.language).full(entry.at), ...from].filter((part) => part !== null).join(" · ")]}
    />
  );
}

const ID = /^[0-9a-z]{20}$/;

/** What is not an account goes by its id. */
function calledBy(nameOf: NameOf, id: string): string {
  const name = ID.test(id) ? nameOf(id) : null;
  return name === null ? id : plainName(name);
}
