import { useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useChatScene } from "../view-models/chat-context";
import { isBlank, keyAct, roomLeft } from "../view-models/composer";
import { fromBody, toBody } from "../view-models/mentions";
import type { MessageRow } from "../view-models/timeline";
import { useCoarsePointer } from "../view-models/use-media";
import { useNames } from "../view-models/use-names";
import styles from "./edit-form.module.css";
import { Button } from "./parts";
import { useAutoHeight } from "./use-auto-height";

/** The server's limit, told before it is asked. */
const BODY_BYTES_MAX = 16 * 1024;

interface EditFormProps {
  row: MessageRow;
  onSave(body: string): void;
  onClose(): void;
}

/** A message's own text, in its place: Enter saves, Escape gives up. */
export function EditForm({ row, onSave, onClose }: EditFormProps) {
  const { t } = useTranslation();
  const touch = useCoarsePointer();
  const { onWrite } = useChatScene();
  const nameOf = useNames();
  const field = useRef<HTMLTextAreaElement>(null);
  const [written, setWritten] = useState(() => fromBody(row.body, nameOf));
  const body = toBody(written);
  const left = roomLeft(body, BODY_BYTES_MAX);
  const savable = (!isBlank(body) || row.attachments.length > 0) && left.state !== "over";

  useLayoutEffect(() => {
    const element = field.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);
  useAutoHeight(field, written.text);

  const close = () => {
    onClose();
    onWrite();
  };
  const save = () => {
    if (!savable) return;
    close();
    if (body !== row.body) onSave(body);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !event.nativeEvent.isComposing) {
      event.stopPropagation();
      close();
    } else if (keyAct(event.nativeEvent, touch) === "send") {
      event.preventDefault();
      save();
    }
  };
  return (
    <div className={styles["form"]}>
      <textarea
        ref={field}
        className={styles["field"]}
        rows={1}
        aria-label={t("message.edit_label")}
        value={written.text}
        onChange={(event) => setWritten({ ...written, text: event.target.value })}
        onKeyDown={onKeyDown}
      />
      <p className={styles["acts"]}>
        <Button look="link" onClick={close}>{t("app.cancel")}</Button>
        <Button look="link" onClick={save} disabled={!savable}>{t("app.save")}</Button>
        {touch ? null : <span className={styles["hint"]}>{t("message.edit_hint")}</span>}
      </p>
    </div>
  );
}
