import { useTranslation } from "react-i18next";
import { useChatScene } from "../view-models/chat-context";
import { plainName } from "../view-models/names";
import { useReaders } from "../view-models/use-message-details";
import { useNames } from "../view-models/use-names";
import { Avatar, Busy, Button } from "./parts";
import { Popover } from "./popover";
import styles from "./readers-popover.module.css";

/** Who has read a message: the exact number, and some names. */
export function ReadersPopover({ anchor, seq, onClose }: { anchor: HTMLElement; seq: number; onClose(): void }) {
  const { t } = useTranslation();
  const { room, user } = useChatScene();
  const nameOf = useNames();
  const { data, isError, refetch } = useReaders(room, seq);
  const others = (data?.users ?? []).filter((one) => one !== user);
  return (
    <Popover anchor={anchor} label={t("readers.title")} onClose={onClose}>
      <div className={styles["readers"]}>
        {isError ? (
          <div role="alert">
            <p>{t("readers.failed")}</p>
            <Button onClick={() => void refetch()}>{t("app.try_again")}</Button>
          </div>
        ) : null}
        {data === undefined && !isError ? <Busy>{t("app.loading")}</Busy> : null}
        {data === undefined ? null : (
          <>
            <p className={styles["count"]}>{t("readers.of", { count: Math.max(0, data.readers - 1), members: Math.max(0, data.members - 1) })}</p>
            <ul className={styles["list"]}>
              {others.map((one) => (
                <li key={one} className={styles["one"]}>
                  <Avatar of="person" id={one} name={nameOf(one)} size="small" />
                  {plainName(nameOf(one) ?? "…")}
                </li>
              ))}
            </ul>
            {data.readers - 1 > others.length ? <p>{t("people.more", { count: data.readers - 1 - others.length })}</p> : null}
          </>
        )}
      </div>
    </Popover>
  );
}
