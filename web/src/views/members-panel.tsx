import { useVirtualizer } from "@tanstack/react-virtual";
import { EllipsisVertical, MicOff, UserPlus } from "lucide-react";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isAhead } from "../view-models/moments";
import { plainName } from "../view-models/names";
import type { ChatModel } from "../view-models/use-chat";
import { usePeople, type Member, type PeopleModel } from "../view-models/use-people";
import { useUser } from "../view-models/use-account";
import { AddMemberDialog } from "./add-member-dialog";
import { MemberMenu } from "./member-menu";
import styles from "./members-panel.module.css";
import { Avatar, Busy, Button, IconButton } from "./parts";
import { SidePanel } from "./side-panel";

/** Who is in the room, and what can be done with them. */
export function MembersPanel({ chat, onClose }: { chat: ChatModel; onClose(): void }) {
  const { t } = useTranslation();
  const { room, members, online, role, rights } = chat;
  const [q, setQ] = useState("");
  const [adding, setAdding] = useState(false);
  const people = usePeople(room.id, useDeferredValue(q.trim()));
  const { refresh } = people;
  useEffect(refresh, [refresh, members, online, role]);
  return (
    <SidePanel title={t("room.members_title")} aside={members} onClose={onClose}>
      <div className={styles["body"]}>
        <div className={styles["find"]}>
          <input
            type="search"
            className={styles["search"]}
            aria-label={t("people.find_member")}
            placeholder={t("people.find_member")}
            autoComplete="off"
            value={q}
            onChange={(event) => setQ(event.target.value)}
          />
          {rights.moderate ? (
            <IconButton label={t("people.add")} onClick={() => setAdding(true)}>
              <UserPlus size={19} aria-hidden="true" />
            </IconButton>
          ) : null}
        </div>
        {people.status === "loading" ? <div className={styles["state"]}><Busy>{t("room.members_loading")}</Busy></div> : null}
        {people.status === "failed" ? (
          <div className={styles["state"]} role="alert">
            <p>{t("room.members_failed")}</p>
            <Button onClick={people.retry}>{t("app.try_again")}</Button>
          </div>
        ) : null}
        {people.status === "ready" && people.members.length === 0 ? <p className={styles["state"]}>{t("people.none")}</p> : null}
        {people.status === "ready" ? <MemberList people={people} chat={chat} /> : null}
      </div>
      {adding ? <AddMemberDialog room={room.id} onClose={() => setAdding(false)} /> : null}
    </SidePanel>
  );
}

const ROW_PX = 44;

function MemberList({ people, chat }: { people: PeopleModel; chat: ChatModel }) {
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
              <MemberLine member={member} chat={chat} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function MemberLine({ member, chat }: { member: Member; chat: ChatModel }) {
  const { t } = useTranslation();
  const user = useUser();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const name = plainName(member.name);
  const isOther = member.user !== user.id;
  return (
    <>
      <span className={styles["face"]} data-online={member.online}>
        <Avatar of="person" id={member.user} name={name} size="small" />
      </span>
      <span className={styles["name"]}>{name}</span>
      {isAhead(member.muted_until) ? <MicOff size={15} aria-label={t("people.muted")} /> : null}
      {member.role === "member" ? null : <span className={styles["role"]}>{t(`role.${member.role}`)}</span>}
      {isOther ? (
        <IconButton
          label={t("people.act", { name })}
          className={styles["act"]}
          aria-haspopup="menu"
          aria-expanded={anchor !== null}
          onClick={(event) => setAnchor(event.currentTarget)}
        >
          <EllipsisVertical size={17} aria-hidden="true" />
        </IconButton>
      ) : null}
      {isOther ? <MemberMenu anchor={anchor} member={member} chat={chat} onClose={() => setAnchor(null)} /> : null}
    </>
  );
}
