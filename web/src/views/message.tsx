import { MessageSquareText, Pin } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChatScene } from "../view-models/chat-context";
import { mentionsUser } from "../view-models/mentions";
import { momentsFor } from "../view-models/moments";
import { plainName } from "../view-models/names";
import { useThreadSeen } from "../view-models/threads-seen";
import type { MessageRow } from "../view-models/timeline";
import { Attachments } from "./attachments";
import { BodyText } from "./body-text";
import { EditForm } from "./edit-form";
import { MessageTools } from "./message-tools";
import { Avatar, Button, join } from "./parts";
import { Quote } from "./quote";
import { ReactionBar } from "./reaction-bar";
import { SendNote } from "./send-note";
import styles from "./message.module.css";

interface MessageProps {
  row: MessageRow;
  /** Just jumped to. */
  lit: boolean;
  editing: boolean;
  onEditing(seq: number | null): void;
}

export function Message({ row, lit, editing, onEditing }: MessageProps) {
  const { t, i18n } = useTranslation();
  const { acts, user, blocked, inThread } = useChatScene();
  const [revealed, setRevealed] = useState(false);
  const [active, setActive] = useState(false);
  const moments = momentsFor(i18n.language);
  const name = row.name === null ? t("timeline.someone") : plainName(row.name);
  const deleted = row.redactedBy !== null;
  const { seq } = row;
  const time = (
    <time className={styles["time"]} dateTime={new Date(row.at).toISOString()} title={moments.full(row.at)}>
      {moments.time(row.at)}
    </time>
  );
  if (blocked.has(row.by) && !revealed) return <Hidden row={row} onReveal={() => setRevealed(true)} />;
  return (
    // Pointing at a message only brings out its buttons, which the keyboard reaches by itself.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <article
      className={join(styles["message"], row.head && styles["head"])}
      data-state={row.state}
      data-own={row.own}
      data-amending={row.amending}
      data-mention={!deleted && !row.own && mentionsUser(row.body, user)}
      data-lit={lit}
      data-seq={seq}
      onPointerEnter={() => setActive(true)}
      onPointerLeave={() => setActive(false)}
      onFocus={() => setActive(true)}
      onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || setActive(false)}
    >
      <div className={styles["gutter"]}>{row.head ? <Avatar of="person" id={row.by} name={name} /> : time}</div>
      <div className={styles["content"]}>
        {row.head ? (
          <header className={styles["who"]}>
            <span className={styles["name"]}>{name}</span>
            {row.own ? <span className={styles["you"]}>{t("timeline.you")}</span> : null}
            {time}
            {row.pinned ? <Pinned /> : null}
          </header>
        ) : null}
        {row.replyTo === null || deleted ? null : <Quote row={row} seq={row.replyTo} />}
        {deleted ? (
          <p className={styles["deleted"]}>{t(row.redactedBy === row.by ? "message.deleted" : "message.deleted_by_moderator")}</p>
        ) : editing && seq !== null ? (
          <EditForm row={row} onSave={(body) => acts.edit(seq, body)} onClose={() => onEditing(null)} />
        ) : (
          <Words row={row} />
        )}
        {deleted ? null : <Attachments files={row.attachments} />}
        {seq === null ? null : <ReactionBar seq={seq} reactions={row.reactions} />}
        {row.replies > 0 && seq !== null && !inThread ? <Replies row={row} seq={seq} /> : null}
        {row.state === "sent" ? null : <SendNote row={row} />}
      </div>
      {seq === null || deleted || editing ? null : <MessageTools row={row} seq={seq} active={active} onEdit={() => onEditing(seq)} />}
    </article>
  );
}

/** What somebody said who is blocked; it can be looked at all the same. */
function Hidden({ row, onReveal }: { row: MessageRow; onReveal(): void }) {
  const { t } = useTranslation();
  return (
    <article className={join(styles["message"], row.head && styles["head"])} data-seq={row.seq} data-blocked="true">
      <div className={styles["gutter"]} />
      <p className={styles["hidden"]}>
        {t("message.blocked")}
        <Button look="link" onClick={onReveal}>{t("message.blocked_show")}</Button>
      </p>
    </article>
  );
}

function Words({ row }: { row: MessageRow }) {
  const { t, i18n } = useTranslation();
  if (row.body === "") return null;
  return (
    <div className={styles["words"]}>
      <BodyText body={row.body} />
      {row.editedAt === null ? null : (
        <span className={styles["edited"]} title={momentsFor(i18n.language).full(row.editedAt)}>
          {t("message.edited")}
        </span>
      )}
      {row.pinned && !row.head ? <Pinned /> : null}
    </div>
  );
}

function Pinned() {
  const { t } = useTranslation();
  return (
    <span className={styles["pinned"]} title={t("message.pinned")}>
      <Pin size={13} aria-hidden="true" />
      <span>{t("message.pinned")}</span>
    </span>
  );
}

/** The way into a message's thread, with a mark if there are replies that were not seen. */
function Replies({ row, seq }: { row: MessageRow; seq: number }) {
  const { t } = useTranslation();
  const { room, onThread } = useChatScene();
  const { seen } = useThreadSeen(room, seq);
  const unread = seen !== null && row.lastReply !== null && row.lastReply > seen;
  return (
    <button type="button" className={styles["replies"]} data-unread={unread} onClick={() => onThread(seq)}>
      <MessageSquareText size={15} aria-hidden="true" />
      {t("message.replies", { count: row.replies })}
      {unread ? <span className={styles["new"]}>{t("message.replies_new")}</span> : null}
    </button>
  );
}
