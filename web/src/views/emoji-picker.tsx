import { EmojiPicker as Parts, type EmojiPickerListComponents } from "frimousse";
import { useTranslation } from "react-i18next";
import styles from "./emoji-picker.module.css";

const COLUMNS = 9;

const COMPONENTS: Partial<EmojiPickerListComponents> = {
  CategoryHeader: ({ category, ...props }) => (
    <div {...props} className={styles["category"]}>
      {category.label}
    </div>
  ),
  // Screen readers count from one.
  Row: ({ children, "aria-rowindex": index = 0, ...props }) => (
    <div {...props} aria-rowindex={index + 1} className={styles["row"]}>
      {children}
    </div>
  ),
  Emoji: ({ emoji, "aria-colindex": index = 0, ...props }) => (
    // Its role is that of a cell.
    // oxlint-disable-next-line jsx-a11y/role-supports-aria-props
    <button {...props} aria-colindex={index + 1} type="button" className={styles["emoji"]} title={emoji.label}>
      {emoji.emoji}
    </button>
  ),
};

/** Every emoji, by its place or by what it is called. Its data comes from Maru itself. */
export default function EmojiPicker({ onChoose }: { onChoose(emoji: string): void }) {
  const { t, i18n } = useTranslation();
  return (
    <Parts.Root
      className={styles["picker"]}
      locale={i18n.language === "ko" ? "ko" : "en"}
      emojibaseUrl="/emoji"
      columns={COLUMNS}
      onEmojiSelect={({ emoji }) => onChoose(emoji)}
    >
      <Parts.Search className={styles["search"]} aria-label={t("emoji.search")} placeholder={t("emoji.search")} autoFocus data-autofocus="" />
      <Parts.Viewport className={styles["viewport"]}>
        <Parts.Loading className={styles["state"]}>{t("emoji.loading")}</Parts.Loading>
        <Parts.Empty className={styles["state"]}>{t("emoji.none")}</Parts.Empty>
        <Parts.List
          className={styles["list"]}
          components={COMPONENTS}
        />
      </Parts.Viewport>
    </Parts.Root>
  );
}
