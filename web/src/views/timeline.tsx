import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, Undo2 } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type UIEvent } from "react";
import { useTranslation } from "react-i18next";
import { plainName } from "../view-models/names";
import { writePlace, type Place } from "../view-models/places";
import { readersOf } from "../view-models/receipts";
import { Guesses, WIDTH_MAX } from "../view-models/row-height";
import { useShortcuts } from "../view-models/shortcuts";
import { messagesAfter, seqOf, type Row } from "../view-models/timeline";
import { useUser } from "../view-models/use-account";
import type { ChatModel } from "../view-models/use-chat";
import { useReading } from "../view-models/use-reading";
import { Beginning } from "./beginning";
import { Busy, Button } from "./parts";
import { RowView } from "./row";
import styles from "./timeline.module.css";

/** Rows from either end from which on further entries are asked for. */
const NEAR = 12;
/** Pixels from the bottom within which the reader counts as being there. */
const NEAR_END = 80;

/** Where the reader wants to be led; the same place twice is two wishes. */
export interface Target {
  seq: number;
  /** Somewhere the reader has been: so many pixels below the row's upper edge. */
  below?: number;
}

interface TimelineProps {
  chat: ChatModel;
  target: Target | null;
  editing: number | null;
  onEditing(seq: number | null): void;
  onArrived(): void;
}

export function Timeline({ chat, target, editing, onEditing, onArrived }: TimelineProps) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const { rows, room } = chat;
  const [guesses] = useState(() => new Guesses());
  // Before a place is restored the end is in sight for a moment: that is no reader at the present.
  const isFollowing = useRef(true);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => guesses.height(rows[index], () => scroller.current?.clientWidth ?? WIDTH_MAX),
    getItemKey: (index) => rows[index]?.key ?? index,
    anchorTo: "end",
    followOnAppend: chat.atPresent && isFollowing.current,
    scrollEndThreshold: NEAR_END,
    overscan: 8,
    paddingStart: 16,
    paddingEnd: 12,
  });
  const visible = virtualizer.getVirtualItems();
  const end = useEnd(virtualizer, scroller, chat);
  const [scrolled, setScrolled] = useState(false);
  usePages(chat, virtualizer, scrolled);
  useLayoutEffect(() => {
    if (target?.below !== undefined) isFollowing.current = false;
    else if (end.pinned) isFollowing.current = true;
  }, [end.pinned, target]);
  const place = usePlace(virtualizer, chat, end.pinned);
  const { lit, back, goBack } = useTarget({ virtualizer, chat, target, place, leave: end.leave, onArrived });
  useShortcuts({ present: end.jump });
  // Until the room has told everything, it would be told of less than is in sight, and never again.
  const isCurrent = chat.connection.kind === "fine";
  useReading(!isCurrent ? null : end.pinned && chat.atPresent ? chat.head : lastSeen(virtualizer, rows), chat.read, chat.acts.read);
  const last = useMemo(() => rows.findLast((row) => row.kind === "message" && row.own && row.seq !== null && row.redactedBy === null), [rows]);
  const lastSeq = chat.atPresent ? seqOf(last) : null;

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
            if (row === undefined) return null;
            const seq = seqOf(row);
            return (
              <div key={item.key} ref={virtualizer.measureElement} data-index={item.index} className={styles["row"]} style={{ transform: `translateY(${item.start}px)` }}>
                {row.kind === "start" ? (
                  <Beginning room={room} expired={chat.expired} empty={!rows.some((other) => other.kind === "message")} />
                ) : (
                  <RowView
                    row={row}
                    lit={seq !== null && lit === seq}
                    editing={seq !== null && editing === seq}
                    readers={seq !== null && seq === lastSeq ? readersOf(chat.receipts, seq) : 0}
                    onEditing={onEditing}
                  />
                )}
              </div>
            );
          })}
        </div>
      </div>
      <Paging side="older" state={chat.older} onRetry={chat.acts.loadOlder} />
      {chat.atPresent ? null : <Paging side="newer" state={chat.newer} onRetry={chat.acts.loadNewer} />}
      {end.pinned && chat.atPresent ? null : (
        <div className={styles["ways"]}>
          {back ? (
            <Button onClick={goBack}>
              <Undo2 size={17} aria-hidden="true" />
              {t("timeline.back")}
            </Button>
          ) : null}
          <Button onClick={end.jump}>
            <ArrowDown size={18} aria-hidden="true" />
            {end.unseen > 0 ? t("timeline.new", { count: end.unseen }) : t("timeline.present")}
          </Button>
        </div>
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
function useEnd(virtualizer: Virtualizer, scroller: { current: HTMLDivElement | null }, chat: ChatModel) {
  const { rows, atPresent, acts } = chat;
  const [reading, setReading] = useState<Reading>({ pinned: true, seen: null, lastKey: null });
  const top = useRef(0);
  const last = rows.at(-1);
  const lastKey = last?.key ?? null;

  if (reading.lastKey !== lastKey) {
    // What one says oneself brings one back to the present.
    const pinned = reading.pinned || (atPresent && last?.kind === "message" && last.own && last.state === "pending");
    setReading({ pinned, seen: pinned ? null : reading.seen, lastKey });
  }

  const pinned = reading.pinned && atPresent;
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
    unseen: reading.seen === null || !atPresent ? 0 : messagesAfter(rows, reading.seen),
    onScroll: (event: UIEvent<HTMLDivElement>) => {
      const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
      const before = top.current;
      top.current = scrollTop;
      if (atPresent && scrollHeight - scrollTop - clientHeight <= NEAR_END) setReading({ pinned: true, seen: null, lastKey });
      // Only going up leaves the present: what grows below does not.
      else if (scrollTop < before) setReading((now) => (now.pinned ? { pinned: false, seen: lastKey, lastKey } : now));
    },
    /** The reader is led elsewhere. */
    leave: () => setReading((now) => (now.pinned ? { pinned: false, seen: lastKey, lastKey } : now)),
    jump: () => {
      if (!atPresent) acts.present();
      setReading({ pinned: true, seen: null, lastKey });
      if (atPresent) virtualizer.scrollToEnd();
    },
  };
}

/** How long a row that was jumped to stands out. */
const LIT_MS = 2_400;

interface Leading {
  virtualizer: Virtualizer;
  chat: ChatModel;
  target: Target | null;
  /** Where the reader is now; `null` at the present. */
  place: () => Place | null;
  leave(): void;
  onArrived(): void;
}

/** Leads the reader to a message, which may have to be fetched first, lets it stand out, and knows the way back. */
function useTarget({ virtualizer, chat, target: wish, place, leave, onArrived }: Leading) {
  const { rows, jumpFailed, acts, connection } = chat;
  const [lit, setLit] = useState<number | null>(null);
  const [before, setBefore] = useState<Place | null>(null);
  const [returning, setReturning] = useState<Place | null>(null);
  const asked = useRef<Target | null>(null);
  const target: Target | null = wish ?? returning;
  const settled = connection.kind === "fine";
  const arrive = () => {
    setReturning(null);
    onArrived();
  };
  useLayoutEffect(() => {
    if (target === null) return;
    const index = rows.findIndex((row) => seqOf(row) === target.seq);
    if (asked.current !== target && target.below === undefined && (index >= 0 || settled)) setBefore(place());
    if (index >= 0) {
      leave();
      if (target.below === undefined) {
        virtualizer.scrollToIndex(index, { align: "center" });
        setLit(target.seq);
      } else {
        virtualizer.scrollToOffset((virtualizer.measurementsCache[index]?.start ?? 0) + target.below);
      }
      arrive();
    } else if (asked.current !== target && settled) {
      asked.current = target;
      leave();
      acts.jump(target.seq);
    } else if (jumpFailed) {
      arrive();
    }
    // oxlint-disable-next-line react/exhaustive-deps -- the functions are of this moment
  }, [target, rows, jumpFailed, settled, virtualizer, acts]);
  useEffect(() => {
    if (lit === null) return;
    const timer = setTimeout(() => setLit(null), LIT_MS);
    return () => clearTimeout(timer);
  }, [lit]);
  return {
    lit,
    back: before !== null,
    goBack: () => {
      setReturning(before);
      setBefore(null);
    },
  };
}

/** Remembers where the reader leaves the room, and tells where the reader is. */
function usePlace(virtualizer: Virtualizer, chat: ChatModel, pinned: boolean): () => Place | null {
  const { room, rows } = chat;
  const user = useUser();
  const now = () => {
    if (pinned) return null;
    const offset = virtualizer.scrollOffset ?? 0;
    const item = virtualizer.getVirtualItems().find(({ index, end }) => end > offset && seqOf(rows[index]) !== null);
    const seq = item === undefined ? null : seqOf(rows[item.index]);
    return item === undefined || seq === null ? null : { seq, below: offset - item.start };
  };
  const latest = useRef(now);
  useEffect(() => {
    latest.current = now;
  });
  useEffect(() => {
    const keep = () => writePlace(user.id, room.id, latest.current());
    window.addEventListener("pagehide", keep);
    return () => {
      window.removeEventListener("pagehide", keep);
      keep();
    };
  }, [user.id, room.id]);
  return now;
}

/** Asks for further entries when the reader comes near an end, or when a screen is not filled. */
function usePages(chat: ChatModel, virtualizer: Virtualizer, scrolled: boolean): void {
  const { rows, older, newer, atPresent, acts } = chat;
  const visible = virtualizer.getVirtualItems();
  const first = visible.at(0)?.index ?? 0;
  const final = visible.at(-1)?.index ?? 0;
  const short = virtualizer.getTotalSize() <= (virtualizer.scrollRect?.height ?? 0);
  const nearTop = short || (scrolled && first < NEAR);
  const nearBottom = !atPresent && (short || final >= rows.length - NEAR);
  const count = rows.length;
  useEffect(() => {
    if (nearTop && count > 0 && older === "idle") acts.loadOlder();
  }, [nearTop, count, older, acts]);
  useEffect(() => {
    if (nearBottom && count > 0 && newer === "idle") acts.loadNewer();
  }, [nearBottom, count, newer, acts]);
}

/** The last entry that is wholly in sight. */
function lastSeen(virtualizer: Virtualizer, rows: readonly Row[]): number | null {
  const bottom = (virtualizer.scrollOffset ?? 0) + (virtualizer.scrollRect?.height ?? 0);
  const item = virtualizer.getVirtualItems().findLast(({ end }) => end <= bottom + 1);
  return item === undefined ? null : seqOf(rows[item.index]);
}

function Paging({ side, state, onRetry }: { side: "older" | "newer"; state: ChatModel["older"]; onRetry(): void }) {
  const { t } = useTranslation();
  if (state === "loading") {
    return (
      <div className={styles[side]}>
        <Busy>{t(`timeline.${side}_loading`)}</Busy>
      </div>
    );
  }
  if (state !== "failed") return null;
  return (
    <div className={styles[side]} role="alert">
      <span>{t(`timeline.${side}_failed`)}</span>
      <Button look="link" onClick={onRetry}>{t("app.try_again")}</Button>
    </div>
  );
}
