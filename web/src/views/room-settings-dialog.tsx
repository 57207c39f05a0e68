import { Archive, ArchiveRestore, Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { durationText } from "../view-models/durations";
import { plainName } from "../view-models/names";
import { useAct } from "../view-models/use-act";
import { ROOM_NAME_MAX, TOPIC_MAX, useRoomActs } from "../view-models/use-room-acts";
import type { RoomFacts } from "../view-models/use-room-page";
import styles from "./new-room-dialog.module.css";
import { Alert, Button, Dialog, DialogActs, Field } from "./parts";

/** Pauses between two messages of a member, in milliseconds. */
const PAUSES = [0, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000];

/** Name, topic and pace of a room; its owner archives and deletes it here. */
export function RoomSettingsDialog({ room, owner, onClose }: { room: RoomFacts; owner: boolean; onClose(): void }) {
  const { t } = useTranslation();
  const { change } = useRoomActs();
  const { run, working, problem } = useAct();
  const [name, setName] = useState(room.name);
  const [topic, setTopic] = useState(room.topic);
  const [slowMs, setSlowMs] = useState(room.slowMs);
  const characters = [...name.trim()].length;
  const wrong = characters === 0 || characters > ROOM_NAME_MAX;
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (wrong) return;
    const settings = {
      ...(name.trim() !== room.name && { name: name.trim() }),
      ...(topic.trim() !== room.topic && { topic: topic.trim() }),
      ...(slowMs !== room.slowMs && { slow_ms: slowMs }),
    };
    run(async () => {
      if (Object.keys(settings).length > 0) await change(room.id, settings);
      onClose();
    });
  };
  return (
    <Dialog title={t("manage.title")} onClose={onClose}>
      <form className={styles["form"]} onSubmit={save} noValidate>
        {problem === null ? null : <Alert>{problem}</Alert>}
        <Field
          label={t("rooms.name")}
          error={wrong ? t("rooms.name_invalid", { count: ROOM_NAME_MAX }) : null}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Field label={t("rooms.topic")} maxLength={TOPIC_MAX} autoComplete="off" value={topic} onChange={(event) => setTopic(event.target.value)} />
        <label className={styles["choice"]}>
          <span className={styles["label"]}>{t("manage.slow")}</span>
          <select className={styles["select"]} value={slowMs} onChange={(event) => setSlowMs(Number(event.target.value))}>
            {(PAUSES.includes(slowMs) ? PAUSES : [...PAUSES, slowMs]).map((ms) => (
              <option key={ms} value={ms}>{ms === 0 ? t("manage.slow_off") : durationText(t, ms)}</option>
            ))}
          </select>
          <span className={styles["help"]}>{t("manage.slow_help")}</span>
        </label>
        <div className={styles["choice"]}>
          <span className={styles["label"]}>{t("manage.retention")}</span>
          <span className={styles["help"]}>{t("manage.retention_help")}</span>
        </div>
        <DialogActs>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button look="primary" type="submit" aria-disabled={working}>{t("app.save")}</Button>
        </DialogActs>
      </form>
      {owner ? <OwnerActs room={room} /> : null}
    </Dialog>
  );
}

function OwnerActs({ room }: { room: RoomFacts }) {
  const { t } = useTranslation();
  const { change, remove } = useRoomActs();
  const { run, working, problem } = useAct();
  const [deleting, setDeleting] = useState(false);
  const [typed, setTyped] = useState("");
  const name = plainName(room.name);
  return (
    <section className={styles["danger"]}>
      {problem === null ? null : <Alert>{problem}</Alert>}
      <Button aria-disabled={working} onClick={() => run(() => change(room.id, { archived: !room.archived }))}>
        {room.archived ? <ArchiveRestore size={18} aria-hidden="true" /> : <Archive size={18} aria-hidden="true" />}
        {t(room.archived ? "manage.unarchive" : "manage.archive")}
      </Button>
      {deleting ? (
        <>
          <p className={styles["help"]}>{t("manage.delete_help")}</p>
          <Field label={t("manage.delete_type", { name })} autoComplete="off" autoFocus value={typed} onChange={(event) => setTyped(event.target.value)} />
          <Button
            ref={intoSight}
            look="danger"
            disabled={typed.trim() !== name}
            aria-disabled={working}
            onClick={() => run(() => remove(room.id))}
          >
            {t("manage.delete_now")}
          </Button>
        </>
      ) : (
        <Button look="danger" onClick={() => setDeleting(true)}>
          <Trash2 size={18} aria-hidden="true" />
          {t("manage.delete")}
        </Button>
      )}
    </section>
  );
}

/** What has just appeared at the end of the dialog may be below its edge. */
function intoSight(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}
