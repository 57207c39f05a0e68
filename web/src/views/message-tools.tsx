import { Copy, Ellipsis, History, Link2, MessageSquareText, Pencil, Pin, PinOff, Reply, SmilePlus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChatScene } from "../view-models/chat-context";
import { plainBody } from "../view-models/mentions";
import { roomLink } from "../view-models/room-link";
import type { MessageRow } from "../view-models/timeline";
import { useNames } from "../view-models/use-names";
import { DeleteMessageDialog } from "./delete-message-dialog";
import { EmojiPopover } from "./emoji-popover";
import { Menu, type MenuItem } from "./menu";
import styles from "./message-tools.module.css";
import { IconButton } from "./parts";
import { VersionsDialog } from "./versions-dialog";

/** Reactions that are one click away. */
const QUICK = ["👍", "❤️", "😂"];

interface MessageToolsProps {
  row: MessageRow;
  seq: number;
  /** Somebody points at the message, or is in it with the keyboard. */
  active: boolean;
  onEdit(): void;
}

/** What can be done with a message: some of it at once, all of it in a menu. */
export function MessageTools({ row, seq, active, onEdit }: MessageToolsProps) {
  const { t } = useTranslation();
  const { acts, onReply, onThread, rights, open, user, room, inThread } = useChatScene();
  const nameOf = useNames();
  const [menu, setMenu] = useState<HTMLElement | null>(null);
  const [picking, setPicking] = useState<HTMLElement | null>(null);
  const [asking, setAsking] = useState<"delete" | "versions" | null>(null);
  const own = row.by === user;
  const threadable = row.thread === null && !inThread;
  const react = (emoji: string) => acts.react(seq, emoji, !row.reactions.some((one) => one.emoji === emoji && one.mine));

  const talk: MenuItem[] = [
    ...(open ? [{ label: t("message.reply"), icon: Reply, act: () => onReply(seq) }] : []),
    ...(threadable ? [{ label: t("message.thread"), icon: MessageSquareText, act: () => onThread(seq) }] : []),
  ];
  const keep: MenuItem[] = [
    ...(rights.pin && row.thread === null
      ? [{ label: t(row.pinned ? "message.unpin" : "message.pin"), icon: row.pinned ? PinOff : Pin, act: () => acts.pin(seq, !row.pinned) }]
      : []),
    { label: t("message.copy_text"), icon: Copy, act: () => copy(plainBody(row.body, nameOf)) },
    { label: t("message.copy_link"), icon: Link2, act: () => copy(roomLink(room, seq)) },
    ...(row.editedAt !== null && (own || rights.moderate) ? [{ label: t("message.versions"), icon: History, act: () => setAsking("versions") }] : []),
  ];
  const change: MenuItem[] = [
    ...(own && open ? [{ label: t("message.edit"), icon: Pencil, act: onEdit }] : []),
    ...(own || rights.moderate ? [{ label: t("message.delete"), icon: Trash2, danger: true, act: () => setAsking("delete") }] : []),
  ];

  return (
    <div className={styles["tools"]} data-open={menu !== null || picking !== null}>
      {active ? (
        <>
          {QUICK.map((emoji) => (
            <IconButton key={emoji} label={t("reactions.with", { emoji })} className={styles["quick"]} onClick={() => react(emoji)}>
              <span aria-hidden="true">{emoji}</span>
            </IconButton>
          ))}
          <IconButton label={t("reactions.add")} aria-haspopup="dialog" onClick={(event) => setPicking(event.currentTarget)}>
            <SmilePlus size={18} aria-hidden="true" />
          </IconButton>
          {open ? (
            <IconButton label={t("message.reply")} onClick={() => onReply(seq)}>
              <Reply size={18} aria-hidden="true" />
            </IconButton>
          ) : null}
          {threadable ? (
            <IconButton label={t("message.thread")} onClick={() => onThread(seq)}>
              <MessageSquareText size={18} aria-hidden="true" />
            </IconButton>
          ) : null}
        </>
      ) : null}
      <IconButton label={t("message.more")} aria-haspopup="menu" aria-expanded={menu !== null} onClick={(event) => setMenu(event.currentTarget)}>
        <Ellipsis size={18} aria-hidden="true" />
      </IconButton>
      {menu === null ? null : (
        <Menu
          anchor={menu}
          label={t("message.more")}
          groups={[talk, keep, change]}
          head={
            <div role="group" aria-label={t("reactions.add")} className={styles["row"]}>
              {[...QUICK, "🎉", "👀", "🙏"].map((emoji) => (
                <button
                  key={emoji}
                  type="button"
                  role="menuitem"
                  aria-label={t("reactions.with", { emoji })}
                  onClick={() => {
                    setMenu(null);
                    react(emoji);
                  }}
                >
                  {emoji}
                </button>
              ))}
            </div>
          }
          onClose={() => setMenu(null)}
        />
      )}
      {picking === null ? null : <EmojiPopover anchor={picking} onClose={() => setPicking(null)} onChoose={react} />}
      {asking === "delete" ? <DeleteMessageDialog row={row} onDelete={() => acts.redact(seq)} onClose={() => setAsking(null)} /> : null}
      {asking === "versions" ? <VersionsDialog room={room} seq={seq} onClose={() => setAsking(null)} /> : null}
    </div>
  );
}

/** Where the clipboard is out of reach, nothing is copied. */
function copy(text: string): void {
  navigator.clipboard.writeText(text).catch(() => {});
}
