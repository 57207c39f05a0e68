import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { later, MissingPage } from "./later";
import { Popover } from "./popover";
import { Busy } from "./parts";
import styles from "./emoji-popover.module.css";

const EmojiPicker = later<{ onChoose(emoji: string): void }>(() => import("./emoji-picker"), MissingPage);

interface EmojiPopoverProps {
  anchor: HTMLElement;
  onChoose(emoji: string): void;
  onClose(): void;
}

export function EmojiPopover({ anchor, onChoose, onClose }: EmojiPopoverProps) {
  const { t } = useTranslation();
  return (
    <Popover anchor={anchor} label={t("emoji.label")} onClose={onClose}>
      <Suspense fallback={<div className={styles["waiting"]}><Busy>{t("emoji.loading")}</Busy></div>}>
        <EmojiPicker
          onChoose={(emoji) => {
            onClose();
            onChoose(emoji);
          }}
        />
      </Suspense>
    </Popover>
  );
}
