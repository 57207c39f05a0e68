import { useTranslation } from "react-i18next";
import { momentsFor } from "../view-models/moments";
import { plainName } from "../view-models/names";
import { useProblemText } from "../view-models/problem-text";
import { useAct } from "../view-models/use-act";
import { useBans, useModeration } from "../view-models/use-moderation";
import { useNames } from "../view-models/use-names";
import styles from "./record-list.module.css";
import { Alert, Avatar, Busy, Button, Dialog } from "./parts";

/** Who may not come back, why, and the way to lift that. */
export function BansDialog({ room, onClose }: { room: string; onClose(): void }) {
  const { t, i18n } = useTranslation();
  const sentence = useProblemText();
  const nameOf = useNames();
  const { data, error } = useBans(room);
  const { unban } = useModeration(room);
  const { run, problem } = useAct();
  const moments = momentsFor(i18n.language);
  return (
    <Dialog title={t("bans.title")} onClose={onClose}>
      {error ? <Alert>{sentence(error)}</Alert> : null}
      {problem === null ? null : <Alert>{problem}</Alert>}
      {data === undefined && !error ? <Busy>{t("app.loading")}</Busy> : null}
      {data?.length === 0 ? <p className={styles["empty"]}>{t("bans.empty")}</p> : null}
      <ul className={styles["list"]}>
        {data?.map((ban) => (
          <li key={ban.user} className={styles["record"]}>
            <Avatar of="person" id={ban.user} name={ban.name} size="small" />
            <div className={styles["text"]}>
              <p className={styles["name"]}>{plainName(ban.name)}</p>
              <p className={styles["sub"]}>{t("bans.by", { name: plainName(nameOf(ban.by) ?? "…"), date: moments.date(ban.at) })}</p>
              {ban.reason ? <p className={styles["sub"]}>{t("log.reason", { reason: ban.reason })}</p> : null}
            </div>
            <Button onClick={() => run(() => unban(ban.user))}>{t("bans.lift")}</Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
