import type { ParseKeys } from "i18next";
import { ArrowLeft, type LucideIcon } from "lucide-react";
import { useId, type ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useTitle } from "../../view-models/use-inbox";
import styles from "./sections.module.css";

export interface Section {
  path: string;
  label: ParseKeys;
  icon: LucideIcon;
  view: ComponentType;
}

interface SectionsProps {
  title: ParseKeys;
  /** Where the sections are; each has an address of its own below it. */
  base: string;
  sections: readonly [Section, ...Section[]];
  /** The section of the address, if it names one. */
  chosen: string | undefined;
  /** Links to somewhere else, below the sections. */
  others?: readonly Omit<Section, "view">[];
}

/** Sections beside their list; on a phone, one or the other. */
export function Sections({ title: of, base, sections, chosen, others }: SectionsProps) {
  const { t } = useTranslation();
  const title = t(of);
  const heading = useId();
  const named = sections.find((section) => section.path === chosen);
  const { path: shown, label: what, view: View } = named ?? sections[0];
  const label = t(what);
  useTitle(named === undefined ? title : `${label} · ${title}`);
  const item = ({ path, label: text, icon: Icon }: Omit<Section, "view">, href: string) => (
    <li key={path}>
      <Link href={href} className={styles["link"]} aria-current={path === shown ? "page" : undefined}>
        <Icon size={18} aria-hidden="true" />
        {t(text)}
      </Link>
    </li>
  );
  return (
    <div className={styles["pane"]} data-chosen={named !== undefined}>
      <nav className={styles["nav"]} aria-label={title}>
        <Link href={named === undefined ? "/" : base} className={styles["back"]}>
          <ArrowLeft size={20} aria-hidden="true" />
          {named === undefined ? t("app.back_to_rooms") : title}
        </Link>
        <h1 className={styles["title"]}>{title}</h1>
        <ul className={styles["list"]}>
          {sections.map((section) => item(section, `${base}/${section.path}`))}
          {others?.map((other) => item(other, other.path))}
        </ul>
      </nav>
      {/* Whoever has no mouse scrolls with the keyboard, also where there is nothing to press. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div role="group" className={styles["scroll"]} aria-labelledby={heading} tabIndex={0}>
        <div className={styles["column"]} key={shown}>
          <h2 id={heading} className={styles["heading"]}>{label}</h2>
          <View />
        </div>
      </div>
    </div>
  );
}
