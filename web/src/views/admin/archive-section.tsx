import { Archive } from "lucide-react";
import { useTranslation } from "react-i18next";
import { agoText } from "../../view-models/ago";
import { archiveHealth, useArchiveState, type ArchiveState } from "../../view-models/use-admin";
import { Loaded, Part, RecordItem, Records } from "../account/part";
import { ArchiveRuns } from "./archive-runs";
import { FigureList } from "./figures";
import styles from "./figures.module.css";

export function ArchiveSection() {
  const state = useArchiveState();
  return <Loaded of={state}>{(data) => <Shown state={data} at={state.dataUpdatedAt} />}</Loaded>;
}

function Shown({ state, at }: { state: ArchiveState; at: number }) {
  const { t, i18n } = useTranslation();
  const health = archiveHealth(state, at);
  const ago = (time: number | null) => (time === null ? "–" : agoText(i18n.language, time, at));
  return (
    <>
      <p className={styles["health"]} data-health={health} role="status">
        <Archive size={18} aria-hidden="true" />
        {t(`admin.archive.health_${health}`)}
      </p>
      <Part title={t("admin.archive.waits")} help={t("admin.archive.waits_help")}>
        <FigureList
          figures={[
            { label: t("admin.archive.dirty"), value: state.dirty },
            { label: t("admin.archive.waiting"), value: state.waiting },
            { label: t("admin.archive.oldest_dirty"), value: ago(state.oldest_dirty_since) },
            { label: t("admin.archive.oldest"), value: ago(state.oldest_at) },
          ]}
        />
      </Part>
      {state.runs === undefined ? null : <ArchiveRuns runs={state.runs} expired={state.expired} at={at} />}
      <Part title={t("admin.archive.special")}>
        <FigureList
          figures={[
            { label: t("admin.archive.rooms"), value: state.rooms },
            { label: t("admin.archive.held"), value: state.held },
            { label: t("admin.archive.deleted"), value: state.deleted },
            { label: t("admin.archive.erasures"), value: state.erasures },
          ]}
        />
      </Part>
      <Part title={t("admin.archive.leases")} help={t("admin.archive.leases_help")}>
        <Records of={holdersOf(state)} empty={state.last_lease === null ? t("admin.archive.leases_never") : t("admin.archive.leases_none", { ago: ago(state.last_lease) })}>
          {({ holder, buckets, until }) => (
            <RecordItem key={holder} icon={<Archive size={18} />} title={holder} lines={[t("admin.archive.lease", { count: buckets, ago: ago(until) })]} />
          )}
        </Records>
      </Part>
    </>
  );
}

interface Holder {
  holder: string;
  buckets: number;
  until: number;
}

/** Who works, with how many buckets: one job holds hundreds of them. */
function holdersOf({ leases }: ArchiveState): Holder[] {
  const holders = new Map<string, Holder>();
  for (const { holder, expires_at } of leases) {
    const known = holders.get(holder) ?? { holder, buckets: 0, until: expires_at };
    holders.set(holder, { holder, buckets: known.buckets + 1, until: Math.min(known.until, expires_at) });
  }
  return [...holders.values()];
}
