import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { momentsFor, type Moments } from "../view-models/moments";
import { plainName } from "../view-models/names";
import { useProblemText } from "../view-models/problem-text";
import { useActs, type Act } from "../view-models/use-moderation";
import { useNames, type NameOf } from "../view-models/use-names";
import styles from "./record-list.module.css";
import { Alert, Busy, Button, Dialog } from "./parts";

/** What moderators did to others, and why. */
export function ModerationDialog({ room, onClose }: { room: string; onClose(): void }) {
  const { t, i18n } = useTranslation();
  const sentence = useProblemText();
  const nameOf = useNames();
  const { acts, error, isFetching, hasNextPage, isFetchingNextPage, fetchNextPage } = useActs(room);
  const moments = momentsFor(i18n.language);
  return (
    <Dialog title={t("log.title")} onClose={onClose}>
      {error ? <Alert>{sentence(error)}</Alert> : null}
      {isFetching && acts.length === 0 ? <Busy>{t("app.loading")}</Busy> : null}
      {!isFetching && !error && acts.length === 0 ? <p className={styles["empty"]}>{t("log.empty")}</p> : null}
      <ul className={styles["list"]}>
        {acts.map((act) => (
          <li key={act.seq} className={styles["record"]}>
            <div className={styles["text"]}>
              <p>{sentenceOf(t, act, nameOf, moments)}</p>
              {act.reason ? <p className={styles["sub"]}>{t("log.reason", { reason: act.reason })}</p> : null}
              <p className={styles["sub"]}>{moments.full(act.at)}</p>
            </div>
          </li>
        ))}
      </ul>
      {hasNextPage ? <Button aria-disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t("log.more")}</Button> : null}
    </Dialog>
  );
}

function sentenceOf(t: TFunction, act: Act, nameOf: NameOf, moments: Moments): string {
  const by = plainName(nameOf(act.by) ?? "…");
  const user = act.user === undefined ? "" : plainName(nameOf(act.user) ?? "…");
  switch (act.act) {
    case "role":
      return t("event.role", { by, user, role: t(`role.${act.role ?? "member"}`) });
    case "mute":
      return t("event.mute", { by, user, time: moments.soon(act.until ?? act.at, act.at) });
    case "kick":
    case "ban":
    case "unban":
    case "unmute":
      return t(`event.${act.act}`, { by, user });
    case "redact":
      return user === "" ? t("event.redact", { by }) : t("event.redact_of", { by, user });
    default:
      return `${by}: ${act.act}`;
  }
}
