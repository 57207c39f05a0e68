import { useTranslation } from "react-i18next";
import { momentsFor } from "../../view-models/moments";
import { useFigures, type Figures } from "../../view-models/use-admin";
import { Loaded, Part } from "../account/part";
import styles from "../account/part.module.css";
import { FigureList } from "./figures";
import { LivePart } from "./live-figures";

const PEOPLE = ["people", "bots", "disabled", "admins", "joined_last_day"] as const;
const USE = ["sign_ins", "used_last_day", "signed_in_last_day", "failed_last_day"] as const;
const CONTENT = ["memberships", "entries", "archived_entries"] as const;
const KINDS = ["public", "private", "announcement", "direct"] as const;

export function FiguresSection() {
  const figures = useFigures();
  return (
    <>
      <LivePart />
      <Loaded of={figures}>{(data) => <Shown figures={data} />}</Loaded>
    </>
  );
}

function Shown({ figures }: { figures: Figures }) {
  const { t, i18n } = useTranslation();
  const of = (names: readonly (typeof PEOPLE | typeof USE | typeof CONTENT)[number][]) =>
    names.map((name) => ({ label: t(`admin.figures.${name}`), value: figures[name] }));
  return (
    <>
      <Part title={t("admin.figures.of_people")}>
        <FigureList figures={of(PEOPLE)} />
      </Part>
      <Part title={t("admin.figures.of_use")}>
        <FigureList figures={of(USE)} />
      </Part>
      <Part title={t("admin.figures.of_rooms")}>
        <FigureList figures={[...KINDS.map((kind) => ({ label: t(`admin.figures.rooms_${kind}`), value: figures.rooms[kind] ?? 0 })), ...of(CONTENT)]} />
        <p className={styles["soft"]}>{t("admin.figures.as_of", { time: momentsFor(i18n.language).time(figures.at) })}</p>
      </Part>
    </>
  );
}
