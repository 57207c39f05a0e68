import { useCallback, useEffect, useMemo, useRef, useState, type CSSProperties, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useSearch } from "wouter";
import { ChatSceneContext, sceneFacts, type ChatScene } from "../view-models/chat-context";
import { isOut } from "../view-models/connection";
import { DoneContext, type Done } from "../view-models/done";
import { plainName } from "../view-models/names";
import { readPlace } from "../view-models/places";
import { useWidth } from "../view-models/preferences";
import { roomPath } from "../view-models/room-link";
import { useShortcuts, useTypeAnywhere } from "../view-models/shortcuts";
import type { MessageRow } from "../view-models/timeline";
import { useUser } from "../view-models/use-account";
import { useAnnouncements } from "../view-models/use-announcements";
import { useBlocked } from "../view-models/use-blocks";
import { useChat, type ChatModel } from "../view-models/use-chat";
import { useCommands, type Asked } from "../view-models/use-commands";
import { useDrop } from "../view-models/use-drop";
import { useTitle } from "../view-models/use-inbox";
import { useCoarsePointer } from "../view-models/use-media";
import type { RoomFacts } from "../view-models/use-room-page";
import { Announcer } from "./announcer";
import { ChatFoot } from "./chat-foot";
import { ChatHeader, type Panel } from "./chat-header";
import { ChatPanel } from "./chat-panel";
import styles from "./chat-pane.module.css";
import { CommandSheet } from "./command-sheet";
import type { ComposerHandle } from "./composer";
import { ConnectionBanner } from "./connection-banner";
import { DoneToast } from "./done-toast";
import drops from "./drop.module.css";
import { EndedScreen } from "./ended-notice";
import { InvitesDialog } from "./invites-dialog";
import { LeaveDialog } from "./leave-dialog";
import { Button, Notice } from "./parts";
import { RefusedToasts } from "./refused-toasts";
import { ChatSkeleton } from "./skeleton";
import { Splitter } from "./splitter";
import { Timeline, type Target } from "./timeline";

export function ChatPane({ room }: { room: RoomFacts }) {
  const { t } = useTranslation();
  const state = useChat(room);
  switch (state.status) {
    case "opening":
      return <ChatSkeleton />;
    case "failed":
      return (
        <div className={styles["waiting"]}>
          <Notice title={t("room.failed")} text={t("room.failed_help")}>
            <Button look="primary" onClick={state.retry}>{t("app.try_again")}</Button>
          </Notice>
        </div>
      );
    case "open":
      return state.chat.ended !== null && isOut(state.chat.ended) ? (
        <EndedScreen ended={state.chat.ended} room={plainName(room.name)} onRecheck={state.chat.recheck} />
      ) : (
        <OpenChat chat={state.chat} />
      );
  }
}

const PANEL_PX = 336;
const PANEL_PX_MIN = 272;
const PANEL_PX_MAX = 640;

function OpenChat({ chat }: { chat: ChatModel }) {
  const [done, setDone] = useState<Done | null>(null);
  const close = useCallback(() => setDone(null), []);
  return (
    <DoneContext value={setDone}>
      <Conversation chat={chat} toast={done === null ? null : <DoneToast key={done.text} done={done} onClose={close} />} />
    </DoneContext>
  );
}

function Conversation({ chat, toast }: { chat: ChatModel; toast: ReactNode }) {
  const { t } = useTranslation();
  const { room, acts } = chat;
  const [panel, setPanel] = useState<Panel | null>(null);
  const [editing, setEditing] = useState<number | null>(null);
  const [replyTo, setReplyTo] = useState<MessageRow | null>(null);
  const composer = useRef<ComposerHandle>(null);
  const [width, setWidth] = useWidth("panel");
  const panelPx = width ?? PANEL_PX;
  const { target, lead, arrived } = useLead(room.id);
  const news = useAnnouncements(chat.rows, chat.connection.kind === "fine" && chat.ended === null && chat.atPresent);
  const drop = useDrop((files) => composer.current?.attach(files));
  const touch = useCoarsePointer();
  const write = useCallback(() => touch || composer.current?.focus(), [touch]);
  const [asked, setAsked] = useState<Asked | null>(null);
  const commands = useCommands(chat, setAsked);
  useTitle(plainName(room.name), room.id);

  const show = (next: Panel | null) => {
    if (panel === "thread" && next !== "thread") acts.closeThread();
    setPanel(next);
  };
  const toggle = (one: Panel) => show(panel === one ? null : one);
  useShortcuts({ search: () => toggle("search"), members: () => toggle("members"), write: () => composer.current?.focus() });
  useTypeAnywhere(write);
  // What had the focus may have been in the panel.
  useEffect(() => {
    if (panel === null && document.activeElement === document.body) write();
  }, [panel, write]);
  const scene = useScene(chat, {
    onReply: (seq) => {
      const row = [...chat.rows, ...(chat.thread?.rows ?? [])].find((one) => one.kind === "message" && one.seq === seq);
      if (row?.kind !== "message") return;
      setReplyTo(row);
      if (row.thread === null) composer.current?.focus();
    },
    onThread: (seq) => {
      acts.openThread(seq);
      setPanel("thread");
    },
    onJump: lead,
    onWrite: write,
    onRewrite: (nonce, body) => {
      acts.discard(nonce);
      composer.current?.insert(body);
    },
  });

  return (
    <ChatSceneContext value={scene}>
      <div className={styles["chat"]} data-details={panel !== null} style={{ "--panel-width": `${panelPx}px` } as CSSProperties}>
        <div className={styles["column"]} {...(scene.open ? drop.events : {})}>
          <ChatHeader chat={chat} panel={panel} onPanel={show} />
          <div className={styles["stage"]}>
            <Timeline chat={chat} target={target} editing={editing} onEditing={setEditing} onArrived={arrived} />
            <ConnectionBanner connection={chat.connection} onRetry={acts.reconnect} />
            <RefusedToasts chat={chat} />
            {toast}
          </div>
          <ChatFoot
            ref={composer}
            chat={chat}
            commands={commands}
            replyTo={replyTo?.thread === null ? replyTo : null}
            onReplied={() => setReplyTo(null)}
            onEditLast={() => setEditing(chat.lastOwn)}
          />
          {drop.over ? <p className={drops["drop"]}>{t("files.drop")}</p> : null}
          <Announcer news={news} />
        </div>
        {panel === null ? null : (
          <Splitter label={t("app.panel_width")} side="after" width={panelPx} min={PANEL_PX_MIN} max={PANEL_PX_MAX} className={styles["splitter"]} onWidth={setWidth} />
        )}
        {panel === null ? null : (
          <ChatPanel
            panel={panel}
            chat={chat}
            commands={commands}
            replyTo={replyTo !== null && replyTo.thread !== null ? replyTo : null}
            onReplied={() => setReplyTo(null)}
            editing={editing}
            onEditing={setEditing}
            onClose={() => show(null)}
          />
        )}
        {asked === "commands" ? <CommandSheet names={commands.names} onClose={() => setAsked(null)} /> : null}
        {asked === "invites" ? <InvitesDialog room={room} onClose={() => setAsked(null)} /> : null}
        {asked === "leave" ? <LeaveDialog room={room} onClose={() => setAsked(null)} /> : null}
      </div>
    </ChatSceneContext>
  );
}

function useScene(chat: ChatModel, acts: Pick<ChatScene, "onReply" | "onThread" | "onJump" | "onWrite" | "onRewrite">): ChatScene {
  const user = useUser();
  const facts = sceneFacts(chat);
  const room = chat.room.id;
  const { kind } = chat.room;
  const blocked = useBlocked();
  const latest = useRef(acts);
  useEffect(() => {
    latest.current = acts;
  });
  return useMemo(
    () => ({
      room,
      user: user.id,
      blocked,
      ...facts,
      inThread: false,
      onReply: (seq) => latest.current.onReply(seq),
      onThread: (seq) => latest.current.onThread(seq),
      onJump: (seq) => latest.current.onJump(seq),
      onWrite: () => latest.current.onWrite(),
      onRewrite: (nonce, body) => latest.current.onRewrite(nonce, body),
    }),
    // oxlint-disable-next-line react/exhaustive-deps -- rights follow from kind and role
    [room, kind, user.id, blocked, facts.role, facts.open, facts.connected, facts.acts],
  );
}

/** Where the address, or a click, leads within the room. */
function useLead(room: string) {
  const [, navigate] = useLocation();
  const at = Number(new URLSearchParams(useSearch()).get("at") ?? Number.NaN);
  const wish = Number.isSafeInteger(at) && at > 0 ? at : null;
  const [known, setKnown] = useState<number | null>(null);
  const user = useUser();
  // Whoever was reading older messages goes on there.
  const [target, setTarget] = useState<Target | null>(() => readPlace(user.id, room));
  if (wish !== known) {
    setKnown(wish);
    if (wish !== null) setTarget({ seq: wish });
  }
  useEffect(() => {
    // The wish is granted once: going back to the room later leads to its present.
    if (wish !== null) navigate(roomPath(room), { replace: true });
  }, [wish, room, navigate]);
  return {
    target,
    lead: useCallback((seq: number) => setTarget({ seq }), []),
    arrived: useCallback(() => setTarget(null), []),
  };
}
