import { CloudOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorsOf, isQuiet, lastKnown, lastTold, momentOf, perSecond, stepOf, type LiveFigures } from "../../view-models/live";
import { momentsFor } from "../../view-models/moments";
import { numbersFor } from "../../view-models/numbers";
import { codeText } from "../../view-models/problem-text";
import { useLive } from "../../view-models/use-admin";
import { Loaded, Part } from "../account/part";
import part from "../account/part.module.css";
import figures from "./figures.module.css";
import { LiveCard } from "./live-card";
import styles from "./live-figures.module.css";
import { LiveTable } from "./live-table";

/** What goes on now, and plots of the last hour. */
export function LivePart() {
  const { t, i18n } = useTranslation();
  const live = useLive();
  const isStale = live.data !== undefined && live.error !== null;
  return (
    <Part title={t("admin.live.title")} help={t("admin.live.help")}>
      {isStale ? (
        <p role="status" className={figures["health"]} data-health="behind">
          <CloudOff size={18} aria-hidden="true" />
          {t("admin.live.stale", { time: momentsFor(i18n.language).second(live.dataUpdatedAt) })}
        </p>
      ) : null}
      <Loaded of={live}>{(data) => <Shown live={data} />}</Loaded>
    </Part>
  );
}

function Shown({ live }: { live: LiveFigures }) {
  const { t, i18n } = useTranslation();
  // A moment, not its place: as time passes, what was chosen moves to the left.
  const [moment, setMoment] = useState<number | null>(null);
  const { steps, step_ms: stepMs } = live;
  const { count, rate, ms } = numbersFor(i18n.language);
  const last = steps.connections.length - 1;
  const told = lastTold(live);
  const chosen = moment === null ? null : stepOf(live, moment);
  const errors = errorsOf(live);
  const card = { live, chosen, onChoose: (step: number | null) => setMoment(step === null ? null : momentOf(live, step)) };
  const latency = [steps.p50_ms, steps.p95_ms, steps.p99_ms];
  return (
    <>
      {isQuiet(live) ? <p className={part["empty"]}>{t("admin.live.quiet")}</p> : null}
      <ul className={styles["cards"]}>
        <LiveCard
          {...card}
          label={t("admin.live.connections")}
          format={count}
          lines={[{ look: "plain", values: steps.connections }]}
          now={{ step: last, text: count(live.connections), note: t("admin.live.in_rooms", { count: live.rooms }) }}
        />
        <LiveCard {...card} label={t("admin.live.messages")} format={rate} lines={[{ look: "plain", values: perSecond(steps.messages, stepMs) }]} now={{ step: told }} />
        <LiveCard {...card} label={t("admin.live.deliveries")} format={rate} lines={[{ look: "plain", values: perSecond(steps.deliveries, stepMs) }]} now={{ step: told }} />
        <LiveCard
          {...card}
          label={t("admin.live.latency")}
          format={ms}
          lines={[
            { look: "plain", name: "p50", values: steps.p50_ms },
            { look: "dashed", name: "p95", values: steps.p95_ms },
            { look: "thin", name: "p99", values: steps.p99_ms },
          ]}
          now={{ step: lastKnown(latency, last) }}
        />
        <LiveCard
          {...card}
          label={t("admin.live.errors")}
          format={count}
          lines={[{ look: "plain", values: steps.errors }]}
          now={{ step: last, text: count(errors.reduce((sum, error) => sum + error.count, 0)), note: t("admin.live.in_hour") }}
        />
        <Errors errors={errors} />
      </ul>
      <details className={styles["more"]}>
        <summary>{t("admin.live.as_table")}</summary>
        <LiveTable live={live} />
      </details>
    </>
  );
}

/** What went wrong in the last hour, in the words that people were told. */
function Errors({ errors }: { errors: readonly { code: string; count: number }[] }) {
  const { t, i18n } = useTranslation();
  const { count: format } = numbersFor(i18n.language);
  return (
    <li className={styles["card"]}>
      <h4 className={styles["label"]}>{t("admin.live.errors_told")}</h4>
      {errors.length === 0 ? <p className={part["soft"]}>{t("admin.live.no_errors")}</p> : null}
      <ul>
        {errors.map(({ code, count }) => (
          <li key={code} className={styles["error"]}>
            <span className={styles["times"]}>{t("admin.live.times", { times: format(count) })}</span>
            <span>
              {codeText(t, code)} <code>{code}</code>
            </span>
          </li>
        ))}
      </ul>
    </li>
  );
}
