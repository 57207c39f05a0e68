import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useProblemText } from "../view-models/problem-text";
import { useWaysIn } from "../view-models/use-providers";
import { Alert, Button } from "./parts";
import settings from "./settings-dialog.module.css";
import styles from "./ways-in.module.css";

/** How the own account can be entered. Where a password is the only way, there is nothing to say. */
export function WaysIn() {
  const { t } = useTranslation();
  const { hasPassword, identities, addable, add, remove } = useWaysIn();
  const sentence = useProblemText();
  const [problem, setProblem] = useState<string | null>(null);
  if (identities.length + addable.length === 0) return null;

  const attempt = (act: () => Promise<void>) => () => {
    setProblem(null);
    act().catch((error: unknown) => setProblem(sentence(error)));
  };
  return (
    <section className={settings["section"]}>
      <h3 className={settings["title"]}>{t("settings.ways_in")}</h3>
      {problem === null ? null : <Alert>{problem}</Alert>}
      <ul className={styles["ways"]}>
        {hasPassword ? <li className={styles["way"]}>{t("auth.password")}</li> : null}
        {identities.map(({ provider, name, email }) => (
          <li key={name} className={styles["way"]}>
            <span className={styles["name"]}>
              {name}
              {email === null ? null : <span className={settings["sub"]}>{email}</span>}
            </span>
            {provider === null ? null : (
              <Button aria-label={t("settings.remove_way", { name })} onClick={attempt(() => remove(provider))}>
                {t("settings.remove")}
              </Button>
            )}
          </li>
        ))}
        {addable.map((provider) => (
          <li key={provider.id} className={styles["way"]}>
            <span className={styles["name"]}>{provider.name}</span>
            <Button aria-label={t("settings.add_way", { name: provider.name })} onClick={attempt(() => add(provider))}>
              {t("settings.add")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
