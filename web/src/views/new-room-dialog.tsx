import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { roomPath } from "../view-models/room-link";
import { useAct } from "../view-models/use-act";
import { ROOM_NAME_MAX, TOPIC_MAX, useRoomActs } from "../view-models/use-room-acts";
import styles from "./new-room-dialog.module.css";
import { Alert, Button, Dialog, DialogActs, Field, Segmented } from "./parts";

const KINDS = ["public", "private", "announcement"] as const;
type Kind = (typeof KINDS)[number];

export function NewRoomDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const { create } = useRoomActs();
  const { run, working, problem } = useAct();
  const [, navigate] = useLocation();
  const [kind, setKind] = useState<Kind>("public");
  const [name, setName] = useState("");
  const [topic, setTopic] = useState("");
  const [wrong, setWrong] = useState(false);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const characters = [...name.trim()].length;
    if (characters === 0 || characters > ROOM_NAME_MAX) {
      setWrong(true);
      return;
    }
    run(async () => {
      const room = await create({ name: name.trim(), kind, topic: topic.trim() });
      onClose();
      navigate(roomPath(room.id));
    });
  };

  return (
    <Dialog title={t("rooms.new")} onClose={onClose}>
      <form className={styles["form"]} onSubmit={submit} noValidate>
        <div className={styles["choice"]}>
          <Segmented<Kind> label={t("kind.label")} value={kind} options={KINDS.map((value) => ({ value, label: t(`kind.${value}`) }))} onChoose={setKind} />
          <p className={styles["help"]}>{t(`kind.${kind}_help`)}</p>
        </div>
        {problem === null ? null : <Alert>{problem}</Alert>}
        <Field
          label={t("rooms.name")}
          error={wrong ? t("rooms.name_invalid", { count: ROOM_NAME_MAX }) : null}
          placeholder={t("rooms.name_example")}
          autoComplete="off"
          autoFocus
          value={name}
          onChange={(event) => {
            setName(event.target.value);
            setWrong(false);
          }}
        />
        <Field
          label={t("rooms.topic")}
          placeholder={t("rooms.topic_example")}
          maxLength={TOPIC_MAX}
          autoComplete="off"
          value={topic}
          onChange={(event) => setTopic(event.target.value)}
        />
        <DialogActs>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button look="primary" type="submit" aria-disabled={working}>
            {t("rooms.create")}
          </Button>
        </DialogActs>
      </form>
    </Dialog>
  );
}
