import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Popover } from "./popover";
import { Busy } from "./parts";
import styles from "./emoji-popover.module.css";

const EmojiPicker = lazy(() => import("./emoji-picker"));

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
