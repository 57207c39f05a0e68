import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useProblemText } from "../view-models/problem-text";
import { ROOM_NAME_MAX, useCreateRoom } from "../view-models/use-rooms";
import styles from "./new-room-dialog.module.css";
import { Alert, Button, Dialog, DialogActs, Field } from "./parts";

export function NewRoomDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const { create } = useCreateRoom();
  const sentence = useProblemText();
  const [, navigate] = useLocation();
  const [name, setName] = useState("");
  const [topic, setTopic] = useState("");
  const [wrong, setWrong] = useState(false);
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (working) return;
    const characters = [...name.trim()].length;
    if (characters === 0 || characters > ROOM_NAME_MAX) {
      setWrong(true);
      return;
    }
    setWorking(true);
    setProblem(null);
    try {
      const room = await create(name, topic);
      onClose();
      navigate(`/r/${room.id}`);
    } catch (error) {
      setProblem(sentence(error));
      setWorking(false);
    }
  };

  return (
    <Dialog title={t("rooms.new")} onClose={onClose}>
      <form className={styles["form"]} onSubmit={(event) => void submit(event)} noValidate>
        <p className={styles["help"]}>{t("rooms.new_help")}</p>
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
