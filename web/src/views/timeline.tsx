import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState, type UIEvent } from "react";
import { useTranslation } from "react-i18next";
import { plainName } from "../view-models/names";
import { estimateHeight, WIDTH_MAX } from "../view-models/row-height";
import { messagesAfter, type Row } from "../view-models/timeline";
import type { ChatModel } from "../view-models/use-chat";
import type { RoomFacts } from "../view-models/use-room-page";
import { Busy, Button } from "./parts";
import { ShareButton } from "./share-button";
import { RowView } from "./row";
import styles from "./timeline.module.css";

/** Rows from the top from which on older entries are asked for. */
const NEAR_TOP = 12;
/** Pixels from the bottom within which the reader counts as being there. */
const NEAR_END = 80;

interface TimelineProps {
  room: RoomFacts;
  chat: ChatModel;
  onEdit(nonce: number, body: string): void;
}

export function Timeline({ room, chat, onEdit }: TimelineProps) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const { rows } = chat;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimateHeight(rows[index], scroller.current?.clientWidth ?? WIDTH_MAX),
    getItemKey: (index) => rows[index]?.key ?? index,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: NEAR_END,
    overscan: 8,
    paddingStart: 16,
    paddingEnd: 12,
  });
  const visible = virtualizer.getVirtualItems();
  const end = useEnd(virtualizer, scroller, rows);
  const [scrolled, setScrolled] = useState(false);
  useOlder(chat, virtualizer, scrolled);

  return (
    <>
      <div
        ref={scroller}
        className={styles["scroller"]}
        role="log"
        aria-live="off"
        aria-label={t("timeline.label", { room: plainName(room.name) })}
        // A scroller that the keyboard cannot reach cannot be read.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onScroll={(event) => {
          setScrolled(true);
          end.onScroll(event);
        }}
      >
        <div className={styles["sizer"]} style={{ height: virtualizer.getTotalSize() }}>
          {visible.map((item) => {
            const row = rows[item.index];
            return row === undefined ? null : (
              <div
                key={item.key}
                ref={virtualizer.measureElement}
                data-index={item.index}
                className={styles["row"]}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {row.kind === "start" ? (
                  <Beginning room={room} empty={!rows.some((other) => other.kind === "message")} />
                ) : (
                  <RowView row={row} online={chat.connection.kind === "fine"} onRetry={chat.retry} onDiscard={chat.discard} onEdit={onEdit} />
                )}
              </div>
            );
          })}
        </div>
      </div>
      <Older chat={chat} />
      {end.pinned ? null : (
        <Button className={styles["present"]} onClick={end.jump}>
          <ArrowDown size={18} aria-hidden="true" />
          {end.unseen > 0 ? t("timeline.new", { count: end.unseen }) : t("timeline.present")}
        </Button>
      )}
    </>
  );
}

type Virtualizer = ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>;

interface Reading {
  /** The reader is at the present, and stays there when more comes. */
  pinned: boolean;
  /** The last row before the reader turned to older ones. */
  seen: string | null;
  lastKey: string | null;
}

/** Keeps a reader who is at the end there, and tells one who is not what came since. */
function useEnd(virtualizer: Virtualizer, scroller: { current: HTMLDivElement | null }, rows: readonly Row[]) {
  const [reading, setReading] = useState<Reading>({ pinned: true, seen: null, lastKey: null });
  const top = useRef(0);
  const last = rows.at(-1);
  const lastKey = last?.key ?? null;

  if (reading.lastKey !== lastKey) {
    // What one says oneself brings one back to the present.
    const pinned = reading.pinned || (last?.kind === "message" && last.own);
    setReading({ pinned, seen: pinned ? null : reading.seen, lastKey });
  }

  const { pinned } = reading;
  useLayoutEffect(() => {
    if (pinned && rows.length > 0) virtualizer.scrollToEnd();
  }, [pinned, rows, virtualizer]);

  // The composer grows, a keyboard opens: the present stays in sight.
  useEffect(() => {
    const element = scroller.current;
    if (element === null || !pinned) return;
    const observer = new ResizeObserver(() => virtualizer.scrollToEnd());
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, pinned, virtualizer]);

  return {
    pinned,
    unseen: reading.seen === null ? 0 : messagesAfter(rows, reading.seen),
    onScroll: (event: UIEvent<HTMLDivElement>) => {
      const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
      const before = top.current;
      top.current = scrollTop;
      if (scrollHeight - scrollTop - clientHeight <= NEAR_END) setReading({ pinned: true, seen: null, lastKey });
      // Only going up leaves the present: what grows below does not.
      else if (scrollTop < before) setReading((now) => (now.pinned ? { pinned: false, seen: lastKey, lastKey } : now));
    },
    jump: () => {
      setReading({ pinned: true, seen: null, lastKey });
      virtualizer.scrollToEnd();
    },
  };
}

/** Asks for older entries when the reader comes near them, or when a screen is not filled. */
function useOlder(chat: ChatModel, virtualizer: Virtualizer, scrolled: boolean): void {
  const { rows, older, loadOlder } = chat;
  const visible = virtualizer.getVirtualItems();
  const first = visible.at(0)?.index ?? 0;
  const final = visible.at(-1)?.index ?? 0;
  const short = virtualizer.getTotalSize() <= (virtualizer.scrollRect?.height ?? 0);
  const near = short || (scrolled && (first < NEAR_TOP || rows.slice(first, final + 1).some((row) => row.kind === "gap")));
  const count = rows.length;
  useEffect(() => {
    if (near && count > 0 && older === "idle") loadOlder();
  }, [near, count, older, loadOlder]);
}

function Older({ chat }: { chat: ChatModel }) {
  const { t } = useTranslation();
  if (chat.older === "loading") {
    return (
      <div className={styles["older"]}>
        <Busy>{t("timeline.older_loading")}</Busy>
      </div>
    );
  }
  if (chat.older !== "failed") return null;
  return (
    <div className={styles["older"]} role="alert">
      <span>{t("timeline.older_failed")}</span>
      <Button look="link" onClick={chat.loadOlder}>{t("app.try_again")}</Button>
    </div>
  );
}

function Beginning({ room, empty }: { room: RoomFacts; empty: boolean }) {
  const { t } = useTranslation();
  return (
    <div className={styles["beginning"]}>
      <p className={styles["beginningTitle"]}>{t("timeline.beginning", { room: plainName(room.name) })}</p>
      {empty ? (
        <>
          <p>{t("timeline.empty")}</p>
          <ShareButton room={room.id} />
        </>
      ) : null}
    </div>
  );
}
