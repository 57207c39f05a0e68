import { CircleAlert, CircleCheck, CircleMinus } from "lucide-react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { agoText } from "../../view-models/ago";
import { waitText } from "../../view-models/durations";
import { momentsFor } from "../../view-models/moments";
import { numbersFor } from "../../view-models/numbers";
import { outcomeOf, type ArchiveRun, type Outcome } from "../../view-models/use-admin";
import { Part, RecordItem, Records } from "../account/part";
import part from "../account/part.module.css";
import { FigureList } from "./figures";
import styles from "./figures.module.css";

interface ArchiveRunsProps {
  /** The newest first. */
  runs: readonly ArchiveRun[];
  /** How many entries ever expired, if that is known. */
  expired: number | undefined;
  /** When that was so. */
  at: number;
}

/** How the last run of a job went, and those before it. */
export function ArchiveRuns({ runs, expired, at }: ArchiveRunsProps) {
  const { t, i18n } = useTranslation();
  const [last, ...others] = runs;
  const { count } = numbersFor(i18n.language);
  const item = (run: ArchiveRun) => (
    <RecordItem
      key={`${run.started_at} ${run.ended_at} ${run.command}`}
      icon={<OutcomeIcon of={outcomeOf(run)} />}
      title={commandText(t, run.command)}
      mark={outcomeText(t, run)}
      lines={[
        `${momentsFor(i18n.language).soon(run.ended_at, at)} · ${t("admin.archive.took", { time: timeText(t, run) })}`,
        t("admin.archive.run_counts", { archived: count(run.archived), expired: count(run.expired) }),
        run.says,
      ]}
    />
  );
  return (
    <Part title={t("admin.archive.last_run")} help={t("admin.archive.last_run_help")}>
      {last === undefined ? <p className={part["empty"]}>{t("admin.archive.runs_none")}</p> : null}
      {last === undefined ? null : (
        <FigureList
          figures={[
            { label: t("admin.archive.run_ended"), value: agoText(i18n.language, last.ended_at, at) },
            { label: t("admin.archive.run_took"), value: timeText(t, last) },
            { label: t("admin.archive.run_outcome"), value: outcomeText(t, last) },
            { label: t("admin.archive.run_archived"), value: last.archived },
            { label: t("admin.archive.run_expired"), value: last.expired },
            ...(expired === undefined ? [] : [{ label: t("admin.archive.expired_ever"), value: expired }]),
          ]}
        />
      )}
      {last === undefined ? null : <Records of={[last, ...others]} empty="">{item}</Records>}
    </Part>
  );
}

const COMMANDS = ["run", "drain", "index", "compact", "expire"] as const;

function commandText(t: TFunction, command: string): string {
  const known = COMMANDS.find((one) => one === command);
  return known === undefined ? command : t(`admin.archive.command_${known}`);
}

function outcomeText(t: TFunction, run: ArchiveRun): string {
  return t(`admin.archive.outcome_${outcomeOf(run)}`, { code: run.exit });
}

function timeText(t: TFunction, { started_at: from, ended_at: to }: ArchiveRun): string {
  return waitText(t, Math.max(Math.round((to - from) / 1_000), 1));
}

function OutcomeIcon({ of: outcome }: { of: Outcome }) {
  switch (outcome) {
    case "done":
      return <CircleCheck size={18} />;
    case "leased":
      return <CircleMinus size={18} />;
    case "failed":
    case "misused":
    case "damaged":
    case "other":
      return <CircleAlert size={18} className={styles["trouble"]} />;
  }
}
