import { useTranslation } from "react-i18next";
import { localeOf } from "../../i18n";
import styles from "./figures.module.css";

interface Figure {
  label: string;
  value: number | string;
}

/** Numbers, each with what it counts. */
export function FigureList({ figures }: { figures: readonly Figure[] }) {
  const { i18n } = useTranslation();
  const format = new Intl.NumberFormat(localeOf(i18n.language));
  return (
    <dl className={styles["figures"]}>
      {figures.map(({ label, value }) => (
        <div key={label} className={styles["figure"]}>
          <dt>{label}</dt>
          <dd data-words={typeof value === "string"}>{typeof value === "number" ? format.format(value) : value}</dd>
        </div>
      ))}
    </dl>
  );
}
