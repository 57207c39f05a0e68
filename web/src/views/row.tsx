import { Eye } from "lucide-react";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import { momentsFor } from "../view-models/moments";
import { useToday } from "../view-models/use-today";
import { plainName } from "../view-models/names";
import type { RosterRow, Row, StartRow } from "../view-models/timeline";
import { Message } from "./message";
import { ReadersPopover } from "./readers-popover";
import { SystemLine } from "./system-line";
import styles from "./row.module.css";

interface RowProps {
  row: Exclude<Row, StartRow>;
  lit: boolean;
  editing: boolean;
  /** How many have read it, on the message that says so. */
  readers: number;
  onEditing(seq: number | null): void;
}

export const RowView = memo(function RowView({ row, lit, editing, readers, onEditing }: RowProps) {
  return (
    <div>
      {row.day === null ? null : <Day at={row.day} />}
      {row.kind === "message" && row.fresh ? <Fresh /> : null}
      {row.kind === "message" ? <Message row={row} lit={lit} editing={editing} onEditing={onEditing} /> : null}
      {row.kind === "roster" ? <Roster row={row} /> : null}
      {row.kind === "system" ? <SystemLine row={row} /> : null}
      {row.kind === "message" && row.seq !== null && readers > 0 ? <ReadBy seq={row.seq} readers={readers} /> : null}
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

function Fresh() {
  const { t } = useTranslation();
  return (
    <div className={styles["fresh"]} data-fresh="">
      <span>{t("timeline.fresh")}</span>
    </div>
  );
}

function ReadBy({ seq, readers }: { seq: number; readers: number }) {
  const { t } = useTranslation();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <div className={styles["readers"]}>
      <button type="button" aria-haspopup="dialog" onClick={(event) => setAnchor(event.currentTarget)}>
        <Eye size={14} aria-hidden="true" />
        {t("readers.count", { count: readers })}
      </button>
      {anchor === null ? null : <ReadersPopover anchor={anchor} seq={seq} onClose={() => setAnchor(null)} />}
    </div>
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
