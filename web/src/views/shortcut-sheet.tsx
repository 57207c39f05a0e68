import { useTranslation } from "react-i18next";
import { useSingleKeys } from "../view-models/preferences";
import { keyName } from "../view-models/shortcuts";
import { Dialog } from "./parts";
import styles from "./shortcut-sheet.module.css";

/** What keys do, by where they do it; each line is a list of ways, each way a list of keys. */
const GROUPS = [
  {
    title: "anywhere",
    lines: [
      ["switch", [["mod", "K"]]],
      ["help", [["?"], ["mod", "/"]]],
      ["rooms", [["alt", "↑"], ["alt", "↓"]]],
      ["unread_rooms", [["alt", "shift", "↑"], ["alt", "shift", "↓"]]],
    ],
  },
  {
    title: "room",
    lines: [
      ["write", [["/"]]],
      ["search", [["mod", "shift", "F"]]],
      ["members", [["mod", "shift", "M"]]],
      ["present", [["alt", "End"]]],
      ["close", [["Esc"]]],
    ],
  },
  {
    title: "composer",
    lines: [
      ["send", [["Enter"]]],
      ["newline", [["shift", "Enter"]]],
      ["edit_last", [["↑"]]],
      ["mention", [["@"]]],
      ["emoji", [[":"]]],
      ["command", [["/"]]],
    ],
  },
] as const;

/** Every shortcut on one page. */
export function ShortcutSheet({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const [single, setSingle] = useSingleKeys();
  return (
    <Dialog title={t("shortcuts.title")} onClose={onClose}>
      {GROUPS.map((group) => (
        <section key={group.title} className={styles["group"]}>
          <h3 className={styles["title"]}>{t(`shortcuts.in_${group.title}`)}</h3>
          <dl className={styles["lines"]}>
            {group.lines.map(([name, ways]) => (
              <div key={name} className={styles["line"]}>
                <dt>{t(`shortcuts.${name}`)}</dt>
                <dd>
                  {ways.map((keys) => (
                    <span key={keys.join("+")} className={styles["way"]}>
                      {keys.map((key) => <kbd key={key}>{keyName(key)}</kbd>)}
                    </span>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <label className={styles["single"]}>
        <input type="checkbox" checked={single} onChange={(event) => setSingle(event.target.checked)} />
        {t("shortcuts.single")}
      </label>
    </Dialog>
  );
}
