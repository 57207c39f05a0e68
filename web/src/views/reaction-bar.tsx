import { SmilePlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChatScene } from "../view-models/chat-context";
import { plainName } from "../view-models/names";
import type { Reaction } from "../view-models/timeline";
import { useReactionUsers } from "../view-models/use-message-details";
import { useNames } from "../view-models/use-names";
import { EmojiPopover } from "./emoji-popover";
import { Busy, Button } from "./parts";
import { Popover } from "./popover";
import styles from "./reaction-bar.module.css";

/** The reactions to a message: a click adds or takes back one's own. */
export function ReactionBar({ seq, reactions }: { seq: number; reactions: readonly Reaction[] }) {
  const { t } = useTranslation();
  const { acts, connected } = useChatScene();
  const [picking, setPicking] = useState<HTMLElement | null>(null);
  const [asking, setAsking] = useState<HTMLElement | null>(null);
  if (reactions.length === 0) return null;
  return (
    <div className={styles["bar"]} role="group" aria-label={t("reactions.label")}>
      {reactions.map(({ emoji, count, mine }) => (
        <button
          key={emoji}
          type="button"
          className={styles["chip"]}
          aria-pressed={mine}
          aria-label={t("reactions.chip", { emoji, count })}
          onClick={() => acts.react(seq, emoji, !mine)}
        >
          <span className={styles["emoji"]}>{emoji}</span>
          {count}
        </button>
      ))}
      <button type="button" className={styles["chip"]} aria-label={t("reactions.add")} title={t("reactions.add")} onClick={(event) => setPicking(event.currentTarget)}>
        <SmilePlus size={15} aria-hidden="true" />
      </button>
      {connected ? (
        <button type="button" className={styles["who"]} aria-haspopup="dialog" onClick={(event) => setAsking(event.currentTarget)}>
          {t("reactions.who")}
        </button>
      ) : null}
      {picking === null ? null : (
        <EmojiPopover anchor={picking} onClose={() => setPicking(null)} onChoose={(emoji) => acts.react(seq, emoji, true)} />
      )}
      {asking === null ? null : (
        <Popover anchor={asking} label={t("reactions.who_title")} onClose={() => setAsking(null)}>
          <Who seq={seq} />
        </Popover>
      )}
    </div>
  );
}

function Who({ seq }: { seq: number }) {
  const { t } = useTranslation();
  const { room } = useChatScene();
  const nameOf = useNames();
  const { data, isError, refetch } = useReactionUsers(room, seq);
  if (isError) {
    return (
      <div className={styles["people"]} role="alert">
        {t("reactions.failed")}
        <Button onClick={() => void refetch()}>{t("app.try_again")}</Button>
      </div>
    );
  }
  if (data === undefined) return <div className={styles["people"]}><Busy>{t("app.loading")}</Busy></div>;
  return (
    <ul className={styles["people"]}>
      {data.map(({ emoji, count, users }) => (
        <li key={emoji} className={styles["line"]}>
          <span className={styles["emoji"]}>{emoji}</span>
          <span>
            {users.map((user) => plainName(nameOf(user) ?? "…")).join(", ")}
            {count > users.length ? ` ${t("people.more", { count: count - users.length })}` : ""}
          </span>
        </li>
      ))}
    </ul>
  );
}
