import { useVirtualizer } from "@tanstack/react-virtual";
import { LogOut, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { plainName } from "../view-models/names";
import { useProblemText } from "../view-models/problem-text";
import type { ChatModel } from "../view-models/use-chat";
import type { Member, PeopleModel } from "../view-models/use-people";
import { useLeaveRoom, type RoomFacts } from "../view-models/use-room-page";
import styles from "./details-panel.module.css";
import { Alert, Avatar, Busy, Button, Dialog, DialogActs, IconButton } from "./parts";
import { ShareButton } from "./share-button";

/** Who is in the room, and the way out of it. */
export function DetailsPanel({ room, chat, onClose }: { room: RoomFacts; chat: ChatModel; onClose(): void }) {
  const { t } = useTranslation();
  const { people, members, online } = chat;
  const { refresh } = people;
  useEffect(refresh, [refresh, members, online]);
  return (
    <aside className={styles["panel"]} aria-label={t("room.members_title")}>
      <header className={styles["head"]}>
        <h2 className={styles["title"]}>{t("room.members_title")}</h2>
        <span className={styles["count"]}>{members}</span>
        <IconButton label={t("app.close")} onClick={onClose}>
          <X size={20} aria-hidden="true" />
        </IconButton>
      </header>
      {people.status === "loading" ? <div className={styles["state"]}><Busy>{t("room.members_loading")}</Busy></div> : null}
      {people.status === "failed" ? (
        <div className={styles["state"]} role="alert">
          <p>{t("room.members_failed")}</p>
          <Button onClick={people.retry}>{t("app.try_again")}</Button>
        </div>
      ) : null}
      {people.status === "ready" ? <MemberList people={people} /> : null}
      <footer className={styles["foot"]}>
        {room.topic ? <p className={styles["topic"]}>{plainName(room.topic)}</p> : null}
        <ShareButton room={room.id} />
        <Leave room={room} />
      </footer>
    </aside>
  );
}

const ROW_PX = 44;

function MemberList({ people }: { people: PeopleModel }) {
  const { members, more, loadMore } = people;
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: members.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => members[index]?.user ?? index,
    overscan: 6,
  });
  const visible = virtualizer.getVirtualItems();
  const last = visible.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= members.length - 1) loadMore();
  }, [more, last, members.length, loadMore]);
  return (
    <div ref={scroller} className={styles["list"]}>
      <ul style={{ height: virtualizer.getTotalSize() }} className={styles["sizer"]}>
        {visible.map((item) => {
          const member = members[item.index];
          return member === undefined ? null : (
            <li key={item.key} className={styles["member"]} style={{ transform: `translateY(${item.start}px)` }}>
              <MemberLine member={member} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function MemberLine({ member }: { member: Member }) {
  const { t } = useTranslation();
  return (
    <>
      <span className={styles["face"]} data-online={member.online}>
        <Avatar of="person" id={member.user} name={member.name} size="small" />
      </span>
      <span className={styles["name"]}>{plainName(member.name)}</span>
      {member.role === "owner" || member.role === "moderator" ? <span className={styles["role"]}>{t(`role.${member.role}`)}</span> : null}
    </>
  );
}

function Leave({ room }: { room: RoomFacts }) {
  const { t } = useTranslation();
  const { leave } = useLeaveRoom(room.id);
  const sentence = useProblemText();
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const go = async () => {
    setProblem(null);
    try {
      await leave();
      navigate("/");
    } catch (error) {
      setProblem(sentence(error));
    }
  };
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        <LogOut size={18} aria-hidden="true" />
        {t("room.leave")}
      </Button>
      {asking ? (
        <Dialog title={t("room.leave_title", { room: plainName(room.name) })} onClose={() => setAsking(false)}>
          <p>{t("room.leave_help")}</p>
          {problem === null ? null : <Alert>{problem}</Alert>}
          <DialogActs>
            <Button onClick={() => setAsking(false)}>{t("app.cancel")}</Button>
            <Button look="danger" onClick={() => void go()}>{t("room.leave")}</Button>
          </DialogActs>
        </Dialog>
      ) : null}
    </>
  );
}
