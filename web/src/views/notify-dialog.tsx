import { useTranslation } from "react-i18next";
import { setMentionsOnly, useLevels, usePermission, type Level } from "../view-models/notifying";
import { useAct } from "../view-models/use-act";
import { useUser } from "../view-models/use-account";
import { useInbox, useMuteRoom } from "../view-models/use-inbox";
import styles from "./notify-dialog.module.css";
import { NotifyChoice } from "./notify-choice";
import { Alert, Dialog } from "./parts";

const LEVELS: readonly Level[] = ["all", "mentions", "none"];

/** What the person wants to be told of this room. */
export function NotifyDialog({ room, onClose }: { room: string; onClose(): void }) {
  const { t } = useTranslation();
  const user = useUser();
  const muted = useInbox().rooms.find((one) => one.room === room)?.muted ?? false;
  const level = useLevels()({ room, muted });
  const mute = useMuteRoom();
  const [permission] = usePermission();
  const { run, working, problem } = useAct();
  const choose = (next: Level) =>
    run(async () => {
      if ((next === "none") !== muted) await mute(room, next === "none");
      setMentionsOnly(user.id, room, next === "mentions");
    });
  return (
    <Dialog title={t("notify.of_room")} onClose={onClose}>
      {problem === null ? null : <Alert>{problem}</Alert>}
      <div role="radiogroup" aria-label={t("notify.of_room")} aria-busy={working} className={styles["levels"]}>
        {LEVELS.map((one) => (
          <label key={one} className={styles["level"]}>
            <input type="radio" name="notify-level" aria-label={t(`notify.level_${one}`)} checked={level === one} onChange={() => choose(one)} />
            <span>
              <strong>{t(`notify.level_${one}`)}</strong>
              <small>{t(`notify.level_${one}_help`)}</small>
            </span>
          </label>
        ))}
      </div>
      {permission === "granted" ? null : <NotifyChoice />}
    </Dialog>
  );
}
