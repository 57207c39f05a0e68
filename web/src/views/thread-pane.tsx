import { Fragment, useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { ChatSceneContext, useChatScene } from "../view-models/chat-context";
import { useDrop } from "../view-models/use-drop";
import { plainName } from "../view-models/names";
import { useThreadSeen } from "../view-models/threads-seen";
import { seqOf, type MessageRow } from "../view-models/timeline";
import type { ChatModel, ThreadModel } from "../view-models/use-chat";
import type { Commands } from "../view-models/use-commands";
import { useCoarsePointer } from "../view-models/use-media";
import { useLooking } from "../view-models/use-reading";
import { ClosedNotice } from "./closed-notice";
import { Composer, type ComposerHandle } from "./composer";
import { Busy, Button } from "./parts";
import { RowView } from "./row";
import { SidePanel } from "./side-panel";
import styles from "./thread-pane.module.css";

interface ThreadPaneProps {
  chat: ChatModel;
  replyTo: MessageRow | null;
  editing: number | null;
  commands: Commands;
  onReplied(): void;
  onEditing(seq: number | null): void;
  onClose(): void;
}

/** A thread beside its room: the first message, the replies, and a composer of its own. */
export function ThreadPane({ chat, replyTo, editing, commands, onReplied, onEditing, onClose }: ThreadPaneProps) {
  const { t } = useTranslation();
  const { thread, acts, room, rights, closed, ended } = chat;
  const scene = useChatScene();
  const composer = useRef<ComposerHandle>(null);
  const touch = useCoarsePointer();
  const inThread = useMemo(() => ({ ...scene, inThread: true, onWrite: () => touch || composer.current?.focus() }), [scene, touch]);
  const drop = useDrop((files) => composer.current?.attach(files));
  return (
    <SidePanel title={t("thread.title")} aside={plainName(room.name)} onClose={onClose} {...(thread !== null && scene.open && { drop })}>
      {thread === null ? (
        <div className={styles["state"]}><Busy>{t("app.loading")}</Busy></div>
      ) : (
        <ChatSceneContext value={inThread}>
          <Replies key={thread.root} chat={chat} thread={thread} editing={editing} onEditing={onEditing} />
        </ChatSceneContext>
      )}
      {thread === null || ended !== null ? null : (
        <footer className={styles["foot"]}>
          {closed === null ? (
            <Composer
              key={thread.root}
              ref={composer}
              room={room}
              thread={thread.root}
              limits={chat.limits}
              full={chat.outboxFull}
              slowMs={chat.slowMs}
              slowUntil={chat.slowUntil}
              commands={commands}
              mentionsAll={rights.mentionAll}
              replyTo={replyTo?.seq == null ? null : { seq: replyTo.seq, by: replyTo.by, body: replyTo.body }}
              onCancelReply={onReplied}
              onSend={(body, attachments) => {
                acts.send(body, { thread: thread.root, replyTo: replyTo?.seq ?? undefined, ...(attachments.length > 0 && { attachments }) });
                onReplied();
              }}
              onTyping={acts.typing}
              onEditLast={() => {
                const last = thread.rows.findLast((row) => row.kind === "message" && row.own && row.seq !== null && row.redactedBy === null);
                onEditing(seqOf(last));
              }}
            />
          ) : (
            <ClosedNotice closed={closed} />
          )}
        </footer>
      )}
    </SidePanel>
  );
}

/** Pixels from the bottom within which the reader counts as being there. */
const NEAR_END = 60;

interface RepliesProps {
  chat: ChatModel;
  thread: ThreadModel;
  editing: number | null;
  onEditing(seq: number | null): void;
}

function Replies({ chat, thread, editing, onEditing }: RepliesProps) {
  const { t } = useTranslation();
  const { acts, room } = chat;
  const { rows, root, older, failed } = thread;
  const scroller = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  const { see } = useThreadSeen(room.id, root);
  const isLooking = useLooking();
  const last = seqOf(rows.findLast((row) => seqOf(row) !== null));
  useEffect(() => {
    if (isLooking && last !== null) see(last);
  }, [isLooking, last, see]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element !== null && pinned.current) element.scrollTop = element.scrollHeight;
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- rows decide the height
  }, [rows]);

  const replies = rows.filter((row) => row.kind !== "message" || row.seq !== root).length;
  return (
    <div
      ref={scroller}
      className={styles["scroller"]}
      role="log"
      aria-live="off"
      aria-label={t("thread.label")}
      // A scroller that the keyboard cannot reach cannot be read.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        pinned.current = scrollHeight - scrollTop - clientHeight <= NEAR_END;
      }}
    >
      {failed ? (
        <div className={styles["state"]} role="alert">
          <p>{t("thread.failed")}</p>
          <Button onClick={() => acts.openThread(root)}>{t("app.try_again")}</Button>
        </div>
      ) : null}
      {rows.length === 0 && !failed ? <div className={styles["state"]}><Busy>{t("app.loading")}</Busy></div> : null}
      {rows.map((row) =>
        row.kind === "start" ? null : (
          <Fragment key={row.key}>
            <RowView
              row={row}
              lit={false}
              editing={editing !== null && seqOf(row) === editing}
              readers={0}
              onEditing={onEditing}
            />
            {seqOf(row) === root ? (
              <div className={styles["divider"]}>
                <span>{replies === 0 ? t("thread.empty") : t("message.replies", { count: replies })}</span>
              </div>
            ) : null}
            {seqOf(row) === root ? <OlderReplies older={older} onLoad={acts.loadOlderInThread} /> : null}
          </Fragment>
        ),
      )}
    </div>
  );
}

function OlderReplies({ older, onLoad }: { older: ThreadModel["older"]; onLoad(): void }) {
  const { t } = useTranslation();
  if (older === "none") return null;
  return (
    <div className={styles["older"]}>
      {older === "loading" ? <Busy>{t("timeline.older_loading")}</Busy> : <Button look="link" onClick={onLoad}>{t(older === "failed" ? "app.try_again" : "thread.older")}</Button>}
    </div>
  );
}
