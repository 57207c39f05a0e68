import { ArrowUp } from "lucide-react";
import { useImperativeHandle, useLayoutEffect, useRef, useState, type KeyboardEvent, type Ref } from "react";
import { useTranslation } from "react-i18next";
import { isBlank, keyAct, roomLeft } from "../view-models/composer";
import { readDraft, writeDraft } from "../view-models/drafts";
import { plainName } from "../view-models/names";
import { useUser } from "../view-models/use-account";
import { useCoarsePointer } from "../view-models/use-coarse-pointer";
import type { RoomFacts } from "../view-models/use-room-page";
import styles from "./composer.module.css";

export interface ComposerHandle {
  /** Puts a text before what is being written. */
  insert(body: string): void;
}

interface ComposerProps {
  ref?: Ref<ComposerHandle>;
  room: RoomFacts;
  bodyBytesMax: number;
  full: boolean;
  onSend(body: string): void;
  onTyping(on: boolean): void;
}

export function Composer({ ref, room, bodyBytesMax, full, onSend, onTyping }: ComposerProps) {
  const { t } = useTranslation();
  const user = useUser();
  const touch = useCoarsePointer();
  const field = useRef<HTMLTextAreaElement>(null);
  const [body, setBody] = useState(() => readDraft(user.id, room.id));
  const left = roomLeft(body, bodyBytesMax);
  const sendable = !isBlank(body) && left.state !== "over" && !full;
  const name = plainName(room.name);

  const write = (next: string) => {
    setBody(next);
    writeDraft(user.id, room.id, next);
    onTyping(!isBlank(next));
  };
  const send = () => {
    if (!sendable) return;
    onSend(body);
    write("");
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (keyAct(event.nativeEvent, touch) !== "send") return;
    event.preventDefault();
    send();
  };

  useImperativeHandle(ref, () => ({
    insert: (text) => {
      const next = isBlank(body) ? text : `${text}\n${body}`;
      setBody(next);
      writeDraft(user.id, room.id, next);
      field.current?.focus();
    },
  }));

  // As high as its text, up to the limit of the style sheet.
  useLayoutEffect(() => {
    const element = field.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- the text decides the height
  }, [body]);

  return (
    <form
      className={styles["composer"]}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        className={styles["field"]}
        rows={1}
        aria-label={t("composer.label", { room: name })}
        aria-describedby="composer-hint"
        aria-invalid={left.state === "over" ? true : undefined}
        placeholder={t("composer.placeholder", { room: name })}
        enterKeyHint={touch ? "enter" : "send"}
        autoFocus={!touch}
        value={body}
        onChange={(event) => write(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={() => onTyping(false)}
      />
      {full ? (
        <span className={styles["count"]} data-state="over" role="status">
          {t("composer.full")}
        </span>
      ) : null}
      {full || left.state === "plenty" ? null : (
        <span className={styles["count"]} data-state={left.state} role="status">
          {t(left.state === "near" ? "composer.left" : "composer.over", { count: left.characters })}
        </span>
      )}
      <button type="submit" className={styles["send"]} aria-label={t("composer.send")} title={t("composer.send")} disabled={!sendable}>
        <ArrowUp size={20} strokeWidth={2.5} aria-hidden="true" />
      </button>
      <span id="composer-hint" className={styles["hint"]}>
        {touch ? "" : t("composer.hint")}
      </span>
    </form>
  );
}
