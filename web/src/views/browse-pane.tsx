import { ArrowLeft, Megaphone } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { plainName } from "../view-models/names";
import { useProblemText } from "../view-models/problem-text";
import { roomPath } from "../view-models/room-link";
import { useAct } from "../view-models/use-act";
import { useBrowse } from "../view-models/use-finding";
import { useInbox, useTitle } from "../view-models/use-inbox";
import { useRoomActs } from "../view-models/use-room-acts";
import styles from "./browse-pane.module.css";
import { Alert, Avatar, Busy, Button, Field } from "./parts";

/** Every room that is open to everybody, to be found and joined. */
export function BrowsePane() {
  const { t } = useTranslation();
  const sentence = useProblemText();
  const [q, setQ] = useState("");
  const { rooms, error, isFetching, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useBrowse(q);
  const mine = useInbox();
  const { join } = useRoomActs();
  const { run, problem } = useAct();
  const [, navigate] = useLocation();
  const [joining, setJoining] = useState<string | null>(null);
  useTitle(t("browse.title"));
  const enter = (room: string) => {
    setJoining(room);
    run(async () => {
      try {
        await join(room);
        navigate(roomPath(room));
      } finally {
        setJoining(null);
      }
    });
  };
  return (
    <div className={styles["pane"]}>
      <div className={styles["column"]}>
        <Link href="/" className={styles["back"]}>
          <ArrowLeft size={20} aria-hidden="true" />
          {t("app.back_to_rooms")}
        </Link>
        <h1 className={styles["title"]}>{t("browse.title")}</h1>
        <Field label={t("browse.find")} type="search" autoComplete="off" value={q} onChange={(event) => setQ(event.target.value)} />
        {problem === null ? null : <Alert>{problem}</Alert>}
        {error ? (
          <div className={styles["state"]} role="alert">
            <p>{sentence(error)}</p>
            <Button onClick={() => void refetch()}>{t("app.try_again")}</Button>
          </div>
        ) : null}
        {isFetching && rooms.length === 0 ? <Busy>{t("rooms.loading")}</Busy> : null}
        {!isFetching && !error && rooms.length === 0 ? <p className={styles["state"]} role="status">{t(q.trim() === "" ? "browse.empty" : "browse.none")}</p> : null}
        <ul className={styles["list"]}>
          {rooms.map((room) => {
            const inside = mine.rooms.some((one) => one.room === room.id);
            return (
              <li key={room.id} className={styles["room"]}>
                <Avatar of="room" id={room.id} name={room.name} />
                <div className={styles["text"]}>
                  <h2 className={styles["name"]}>
                    {plainName(room.name)}
                    {room.kind === "announcement" ? <Megaphone size={15} aria-label={t("kind.announcement")} /> : null}
                  </h2>
                  {room.topic ? <p className={styles["topic"]}>{plainName(room.topic)}</p> : null}
                  <p className={styles["count"]}>{t("room.members", { count: room.members })}</p>
                </div>
                {inside ? (
                  <Button onClick={() => navigate(roomPath(room.id))}>{t("browse.open")}</Button>
                ) : (
                  <Button look="primary" aria-disabled={joining === room.id} aria-label={`${t("browse.join")}: ${plainName(room.name)}`} onClick={() => enter(room.id)}>
                    {joining === room.id ? t("room.joining") : t("browse.join")}
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
        {hasNextPage ? <Button aria-disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t("browse.more")}</Button> : null}
      </div>
    </div>
  );
}
