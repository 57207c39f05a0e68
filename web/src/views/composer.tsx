import { ArrowUp, Paperclip, Smile } from "lucide-react";
import { useEffect, useImperativeHandle, useRef, useState, type ClipboardEvent, type KeyboardEvent, type Ref } from "react";
import { useTranslation } from "react-i18next";
import { givenIn, type CommandName } from "../view-models/commands";
import { isBlank, keyAct, roomLeft } from "../view-models/composer";
import { complete } from "../view-models/completion";
import { draftPlace, readDraft, writeDraft } from "../view-models/drafts";
import { durationText } from "../view-models/durations";
import { fromBody, NOTHING, toBody, withMention, type Written } from "../view-models/mentions";
import { plainName } from "../view-models/names";
import type { Attachment } from "../view-models/timeline";
import { useAct } from "../view-models/use-act";
import { useUser } from "../view-models/use-account";
import type { MessageLimits } from "../view-models/use-chat";
import { useCoarsePointer } from "../view-models/use-media";
import type { Commands } from "../view-models/use-commands";
import { useCompletion, type Choice } from "../view-models/use-completion";
import { useNames } from "../view-models/use-names";
import type { RoomFacts } from "../view-models/use-room-page";
import { useSecondsUntil } from "../view-models/use-seconds-until";
import { useUploads } from "../view-models/use-uploads";
import { CompletionList } from "./completion-list";
import styles from "./composer.module.css";
import { EmojiPopover } from "./emoji-popover";
import { IconButton } from "./parts";
import { ReplyNote, type ReplyTo } from "./reply-note";
import { UploadList } from "./upload-list";
import { useAutoHeight } from "./use-auto-height";

const NO_COMMANDS: readonly CommandName[] = [];

export interface ComposerHandle {
  /** Puts a text before what is being written. */
  insert(body: string): void;
  attach(files: Iterable<File>): void;
  focus(): void;
}

interface ComposerProps {
  ref?: Ref<ComposerHandle>;
  room: RoomFacts;
  /** The first message of the thread that is written to, if it is one. */
  thread?: number | null;
  limits: MessageLimits;
  full: boolean;
  slowMs?: number;
  /** When slow mode lets the person write again. */
  slowUntil?: number | null;
  /** What else than sending a text can ask for. */
  commands?: Commands;
  mentionsAll?: boolean;
  replyTo?: ReplyTo | null;
  onCancelReply?(): void;
  onSend(body: string, attachments: Attachment[]): void;
  onTyping(on: boolean): void;
  /** The person wants to change what was said last. */
  onEditLast?(): void;
}

export function Composer(props: ComposerProps) {
  const { ref, room, thread = null, limits, full, slowMs = 0, slowUntil = null, commands, mentionsAll = false, replyTo = null } = props;
  const { t } = useTranslation();
  const user = useUser();
  const nameOf = useNames();
  const touch = useCoarsePointer();
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const place = draftPlace(room.id, thread);
  const [written, setWritten] = useState<Written>(() => fromBody(readDraft(user.id, place), nameOf));
  const [caret, setCaret] = useState(0);
  const [dismissed, setDismissed] = useState(-1);
  const [chosen, setChosen] = useState(0);
  const [emoji, setEmoji] = useState<HTMLElement | null>(null);
  const uploads = useUploads(room.id, limits);
  const { run, working, problem } = useAct();
  const [wrong, setWrong] = useState<string | null>(null);
  const slow = useSecondsUntil(slowUntil);
  const completion = useCompletion(room.id, written.text, caret, mentionsAll, commands?.names ?? NO_COMMANDS);
  const completing = completion !== null && completion.wanted.start !== dismissed ? completion : null;
  const body = toBody(written);
  const left = roomLeft(body, limits.bodyBytes);
  const hasFiles = uploads.attachments.length > 0;
  const sendable = (!isBlank(body) || hasFiles) && left.state !== "over" && !full && !uploads.busy && !working;
  const waits = slow > 0 && givenIn(body) === null;
  const name = plainName(room.name);
  const where = thread !== null ? "_thread" : room.kind === "direct" ? "_direct" : "";

  const latest = useRef(written.text);
  useEffect(() => {
    latest.current = written.text;
  });
  const write = (next: Written, at?: number) => {
    setWritten(next);
    setWrong(null);
    const draft = toBody(next);
    writeDraft(user.id, place, draft);
    props.onTyping(!isBlank(draft));
    setChosen(0);
    if (at === undefined) return;
    // Once the field has its text; until then it reports where the caret was.
    queueMicrotask(() => {
      field.current?.focus();
      field.current?.setSelectionRange(at, at);
      setCaret(at);
    });
  };
  const send = () => {
    if (!sendable || waits) return;
    const wish = commands === undefined || isBlank(body) ? { kind: "send" as const, body } : commands.read(body);
    if (wish.kind === "wrong") {
      setWrong(wish.problem);
    } else if (wish.kind === "act") {
      run(async () => {
        await wish.act();
        // Nobody waits for a command: what was written meanwhile stays.
        if (latest.current === written.text) write(NOTHING, 0);
      });
    } else {
      props.onSend(isBlank(wish.body) ? "" : wish.body, uploads.attachments);
      uploads.clear();
      write(NOTHING, 0);
    }
  };
  const insert = (text: string) => {
    const at = field.current?.selectionStart ?? written.text.length;
    write({ ...written, text: written.text.slice(0, at) + text + written.text.slice(field.current?.selectionEnd ?? at) }, at + text.length);
  };
  const take = (choice: Choice) => {
    if (completing === null) return;
    if (choice.kind !== "mention") {
      const { text, caret: at } = complete(written.text, completing.wanted, choice.kind === "emoji" ? choice.emoji : choice.label);
      write({ ...written, text }, at);
      return;
    }
    const { label, mentions } = withMention(written.mentions, choice.mention);
    const { text, caret: at } = complete(written.text, completing.wanted, label);
    write({ text, mentions }, at);
  };

  const attach = (files: Iterable<File>) => {
    uploads.add(files);
    if (!touch) field.current?.focus();
  };

  /** Keys that choose among completions; whether it was one of them. */
  const completeBy = (event: KeyboardEvent): boolean => {
    if (completing === null || event.nativeEvent.isComposing) return false;
    const { choices, wanted } = completing;
    const current = choices[chosen];
    // A command that is written out is given, not completed.
    if (event.key === "Enter" && current?.kind === "command" && current.label === written.text) return false;
    if (event.key === "ArrowDown") setChosen((chosen + 1) % choices.length);
    else if (event.key === "ArrowUp") setChosen((chosen + choices.length - 1) % choices.length);
    else if (event.key === "Escape") setDismissed(wanted.start);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && current !== undefined) take(current);
    else return false;
    return true;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (completeBy(event)) {
      event.preventDefault();
    } else if (event.key === "ArrowUp" && !event.altKey && written.text === "" && props.onEditLast) {
      event.preventDefault();
      props.onEditLast();
    } else if (event.key === "Escape" && replyTo !== null) {
      event.stopPropagation();
      props.onCancelReply?.();
    } else if (keyAct(event.nativeEvent, touch) === "send") {
      event.preventDefault();
      send();
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    uploads.add(files);
  };

  useImperativeHandle(ref, () => ({
    insert: (text) => {
      const before = fromBody(text, nameOf);
      const joined = isBlank(written.text) ? before.text : `${before.text}\n${written.text}`;
      write({ text: joined, mentions: new Map([...written.mentions, ...before.mentions]) }, before.text.length);
    },
    attach,
    focus: () => field.current?.focus(),
  }));

  useAutoHeight(field, written.text);

  const list = `completions-${place}`;
  return (
    <form
      className={styles["composer"]}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {completing === null ? null : <CompletionList id={list} choices={completing.choices} chosen={chosen} onChoose={take} />}
      {replyTo === null ? null : <ReplyNote reply={replyTo} onCancel={() => props.onCancelReply?.()} />}
      <UploadList files={uploads.files} bytesMax={limits.attachmentBytes} onRemove={uploads.remove} />
      <div className={styles["line"]}>
        <IconButton label={t("composer.attach")} onClick={() => picker.current?.click()}>
          <Paperclip size={19} aria-hidden="true" />
        </IconButton>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          data-picker=""
          onChange={(event) => {
            attach([...(event.target.files ?? [])]);
            event.target.value = "";
          }}
        />
        <textarea
          ref={field}
          className={styles["field"]}
          rows={1}
          aria-label={t(`composer.label${where}`, { room: name })}
          aria-describedby={`hint-${place}`}
          aria-invalid={left.state === "over" ? true : undefined}
          aria-autocomplete="list"
          aria-controls={completing === null ? undefined : list}
          aria-activedescendant={completing === null ? undefined : `${list}-${chosen}`}
          placeholder={t(`composer.placeholder${where}`, { room: name })}
          enterKeyHint={touch ? "enter" : "send"}
          autoFocus={!touch}
          value={written.text}
          onChange={(event) => {
            write({ ...written, text: event.target.value });
            setCaret(event.target.selectionStart);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onBlur={() => props.onTyping(false)}
        />
        {full || left.state === "plenty" ? null : (
          <span className={styles["count"]} data-state={left.state} role="status">
            {t(left.state === "near" ? "composer.left" : "composer.over", { count: left.characters })}
          </span>
        )}
        <IconButton label={t("emoji.label")} aria-haspopup="dialog" onClick={(event) => setEmoji(event.currentTarget)}>
          <Smile size={20} aria-hidden="true" />
        </IconButton>
        <button type="submit" className={styles["send"]} aria-label={t("composer.send")} title={t("composer.send")} disabled={!sendable || waits}>
          <ArrowUp size={20} strokeWidth={2.5} aria-hidden="true" />
        </button>
      </div>
      {full ? <p className={styles["note"]} data-state="over" role="status">{t("composer.full")}</p> : null}
      {slowMs > 0 ? (
        <p className={styles["note"]}>
          {slow > 0 ? t("composer.slow_wait", { count: slow }) : t("composer.slow", { time: durationText(t, slowMs) })}
        </p>
      ) : null}
      {wrong !== null || problem !== null ? <p className={styles["note"]} data-state="over" role="alert">{wrong ?? problem}</p> : null}
      {emoji === null ? null : <EmojiPopover anchor={emoji} onClose={() => setEmoji(null)} onChoose={insert} />}
      <span id={`hint-${place}`} className={styles["hint"]}>
        {touch ? "" : t("composer.hint")}
      </span>
    </form>
  );
}
