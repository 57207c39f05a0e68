import { X } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { plainName } from "../view-models/names";
import { roomPath } from "../view-models/room-link";
import { useAct } from "../view-models/use-act";
import { useFindPeople } from "../view-models/use-finding";
import { DIRECT_MAX, useRoomActs } from "../view-models/use-room-acts";
import styles from "./new-room-dialog.module.css";
import { Alert, Avatar, Busy, Button, Dialog, DialogActs, Field } from "./parts";

interface Chosen {
  id: string;
  name: string;
}

/** Finds people to talk with among themselves. */
export function DirectDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const { create } = useRoomActs();
  const { run, working, problem } = useAct();
  const [, navigate] = useLocation();
  const [q, setQ] = useState("");
  const [chosen, setChosen] = useState<readonly Chosen[]>([]);
  const { people, isFetching, isError } = useFindPeople(useDeferredValue(q));
  const toggle = (one: Chosen) => {
    const without = chosen.filter(({ id }) => id !== one.id);
    setChosen(without.length < chosen.length ? without : chosen.length < DIRECT_MAX - 1 ? [...chosen, one] : chosen);
  };
  const start = () =>
    run(async () => {
      const room = await create({ kind: "direct", with: chosen.map(({ id }) => id) });
      onClose();
      navigate(roomPath(room.id));
    });
  return (
    <Dialog title={t("direct.title")} onClose={onClose}>
      <div className={styles["form"]}>
        {problem === null ? null : <Alert>{problem}</Alert>}
        {chosen.length === 0 ? null : (
          <div className={styles["chosen"]}>
            {chosen.map((one) => (
              <button key={one.id} type="button" className={styles["chip"]} aria-label={t("direct.remove", { name: one.name })} onClick={() => toggle(one)}>
                {one.name}
                <X size={14} aria-hidden="true" />
              </button>
            ))}
          </div>
        )}
        <Field label={t("direct.find")} help={t("direct.find_help")} autoComplete="off" autoFocus value={q} onChange={(event) => setQ(event.target.value)} />
        {isError ? <Alert>{t("direct.failed")}</Alert> : null}
        {isFetching && people.length === 0 ? <Busy>{t("app.loading")}</Busy> : null}
        {!isFetching && !isError && q.trim() !== "" && people.length === 0 ? <p className={styles["help"]} role="status">{t("people.none")}</p> : null}
        <ul className={styles["found"]}>
          {people.map((one) => {
            const name = plainName(one.display_name);
            return (
              <li key={one.id}>
                <button type="button" className={styles["person"]} aria-pressed={chosen.some(({ id }) => id === one.id)} onClick={() => toggle({ id: one.id, name })}>
                  <Avatar of="person" id={one.id} name={name} size="small" />
                  {name} <small>{one.name}</small>
                </button>
              </li>
            );
          })}
        </ul>
        <DialogActs>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button look="primary" disabled={chosen.length === 0} aria-disabled={working} onClick={start}>{t("direct.start")}</Button>
        </DialogActs>
      </div>
    </Dialog>
  );
}
