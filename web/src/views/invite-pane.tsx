import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { momentsFor } from "../view-models/moments";
import { plainName } from "../view-models/names";
import { useProblemText } from "../view-models/problem-text";
import { roomPath } from "../view-models/room-link";
import { useAct } from "../view-models/use-act";
import { useTitle } from "../view-models/use-inbox";
import { useInvite } from "../view-models/use-invites";
import { Alert, Avatar, Busy, Button, Notice } from "./parts";
import { Outside } from "./outside";
import styles from "./room-pane.module.css";

/** What an invite leads to, before it is taken. */
export function InvitePane({ code }: { code: string }) {
  const { t, i18n } = useTranslation();
  const sentence = useProblemText();
  const { preview, error, isSpent, retry, accept } = useInvite(code);
  const { run, working, problem } = useAct();
  const [, navigate] = useLocation();
  const [entered, setEntered] = useState<string | null>(null);
  useTitle(preview === null ? null : plainName(preview.room.name));
  useEffect(() => {
    if (entered !== null) navigate(roomPath(entered), { replace: true });
  }, [entered, navigate]);
  if (error) {
    return (
      <Outside>
        <Notice title={t("invites.wrong")} text={isSpent ? t("refusal.invite_spent") : sentence(error)}>
          {isSpent ? null : <Button onClick={retry}>{t("app.try_again")}</Button>}
          <Button look="primary" onClick={() => navigate("/")}>{t("app.back_to_rooms")}</Button>
        </Notice>
      </Outside>
    );
  }
  if (preview === null) return <Outside><Busy>{t("app.loading")}</Busy></Outside>;
  const { room } = preview;
  return (
    <Outside>
      <div className={styles["preview"]}>
        <Avatar of="room" id={room.id} name={room.name} size="large" />
        <p className={styles["invited"]}>{t("room.invitation")}</p>
        <h1 className={styles["name"]}>{plainName(room.name)}</h1>
        {room.topic ? <p className={styles["topic"]}>{plainName(room.topic)}</p> : null}
        <p className={styles["counts"]}>
          <span>{t(`kind.${room.kind}`)}</span>
          <span>{t("room.members", { count: room.members })}</span>
          <span>{t("invites.valid", { time: momentsFor(i18n.language).soon(preview.expires_at, 0) })}</span>
        </p>
        {problem === null ? null : <Alert>{problem}</Alert>}
        <Button look="primary" aria-disabled={working} onClick={() => run(async () => setEntered(await accept()))}>
          {working ? t("room.joining") : t("invites.accept")}
        </Button>
      </div>
    </Outside>
  );
}
