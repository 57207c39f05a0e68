import { Check, Link2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { roomLink } from "../view-models/room-link";
import { Button, Field } from "./parts";
import styles from "./share-button.module.css";

const COPIED_MS = 2_500;

/** Copies the link to a room; where that is not allowed, shows it to be copied by hand. */
export function ShareButton({ room, compact = false }: { room: string; compact?: boolean }) {
  const { t } = useTranslation();
  const [state, setState] = useState<"idle" | "copied" | "by_hand">("idle");
  const link = roomLink(room);

  useEffect(() => {
    if (state !== "copied") return;
    const timer = setTimeout(() => setState("idle"), COPIED_MS);
    return () => clearTimeout(timer);
  }, [state]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      setState("copied");
    } catch {
      setState("by_hand");
    }
  };

  return (
    <div className={styles["share"]} data-compact={compact}>
      <Button onClick={() => void copy()} className={styles["button"]} title={t("room.share")}>
        {state === "copied" ? <Check size={18} aria-hidden="true" /> : <Link2 size={18} aria-hidden="true" />}
        <span className={styles["text"]} aria-live="polite">
          {state === "copied" ? t("room.copied") : t("room.share")}
        </span>
      </Button>
      {state === "by_hand" ? (
        <div className={styles["link"]}>
          <Field label={t("room.share")} readOnly value={link} autoFocus onFocus={(event) => event.target.select()} />
        </div>
      ) : null}
    </div>
  );
}
