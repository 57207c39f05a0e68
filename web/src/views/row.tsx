import { memo } from "react";
import { useTranslation } from "react-i18next";
import { momentsFor } from "../view-models/moments";
import { useToday } from "../view-models/use-today";
import { plainName } from "../view-models/names";
import { mayRetry, refusalText } from "../view-models/problem-text";
import type { GapRow, MessageRow, RosterRow, Row, StartRow } from "../view-models/timeline";
import { BodyText } from "./body-text";
import { Avatar, Button, join } from "./parts";
import styles from "./row.module.css";

type EntryRow = Exclude<Row, StartRow>;

interface RowProps<R extends EntryRow = EntryRow> {
  row: R;
  online: boolean;
  onRetry(nonce: number): void;
  onDiscard(nonce: number): void;
  onEdit(nonce: number, body: string): void;
}

export const RowView = memo(function RowView(props: RowProps) {
  const { row } = props;
  return (
    <div>
      {row.day === null ? null : <Day at={row.day} />}
      {row.kind === "message" ? <Message {...props} row={row} /> : row.kind === "roster" ? <Roster row={row} /> : <Gap row={row} />}
    </div>
  );
});

function Day({ at }: { at: number }) {
  const { t, i18n } = useTranslation();
  const day = momentsFor(i18n.language).day(at, useToday());
  return (
    <div className={styles["day"]}>
      <span>{day.special === null ? day.text : t(`timeline.${day.special}`)}</span>
    </div>
  );
}

function Message({ row, online, onRetry, onDiscard, onEdit }: RowProps<MessageRow>) {
  const { t, i18n } = useTranslation();
  const moments = momentsFor(i18n.language);
  const name = row.name === null ? t("timeline.someone") : plainName(row.name);
  const time = (
    <time className={styles["time"]} dateTime={new Date(row.at).toISOString()} title={moments.full(row.at)}>
      {moments.time(row.at)}
    </time>
  );
  return (
    <article className={join(styles["message"], row.head && styles["head"])} data-state={row.state} data-own={row.own}>
      <div className={styles["gutter"]}>{row.head ? <Avatar of="person" id={row.by} name={name} /> : time}</div>
      <div className={styles["content"]}>
        {row.head ? (
          <header className={styles["who"]}>
            <span className={styles["name"]}>{name}</span>
            {row.own ? <span className={styles["you"]}>{t("timeline.you")}</span> : null}
            {time}
          </header>
        ) : null}
        <BodyText body={row.body} />
        {row.state === "pending" ? (
          <p className={styles["pendingNote"]}>{online ? t("send.pending") : t("send.waiting")}</p>
        ) : null}
        {row.state === "refused" ? (
          <div className={styles["trouble"]} role="alert">
            <p>
              <strong>{t("send.refused")}</strong> {refusalText(t, row.code)}
            </p>
            {mayRetry(row.code) ? <Button look="link" onClick={() => onRetry(row.nonce)}>{t("send.retry")}</Button> : null}
            <Button look="link" onClick={() => onEdit(row.nonce, row.body)}>{t("send.edit")}</Button>
            <Button look="link" onClick={() => onDiscard(row.nonce)}>{t("send.discard")}</Button>
          </div>
        ) : null}
        {row.state === "unconfirmed" ? (
          <div className={styles["doubt"]} role="alert">
            <p>{t("send.unconfirmed")}</p>
            <Button look="link" onClick={() => onRetry(row.nonce)}>{t("send.again")}</Button>
            <Button look="link" onClick={() => onDiscard(row.nonce)}>{t("send.discard")}</Button>
          </div>
        ) : null}
      </div>
    </article>
  );
}

/** Names that a line about the roster tells; it counts the others. */
const NAMED = 2;

function Roster({ row }: { row: RosterRow }) {
  const { t, i18n } = useTranslation();
  const act = row.act === "join" ? "joined" : "left";
  const names = row.who.map((who) => (who.name === null ? t("timeline.someone") : plainName(who.name)));
  const [a = "", b = ""] = names;
  const count = names.length - NAMED;
  const text =
    names.length === 1
      ? t(`timeline.${act}_1`, { a })
      : names.length === NAMED
        ? t(`timeline.${act}_2`, { a, b })
        : t(`timeline.${act}_more`, { a, b, count });
  return (
    <p className={styles["roster"]} title={count > 0 ? names.join(", ") : momentsFor(i18n.language).full(row.at)}>
      {text}
    </p>
  );
}

function Gap({ row }: { row: GapRow }) {
  const { t } = useTranslation();
  return <p className={styles["gap"]}>{t("timeline.gap", { count: row.count })}</p>;
}
