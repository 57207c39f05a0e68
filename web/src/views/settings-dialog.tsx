import { LogOut } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../i18n";
import { plainName } from "../view-models/names";
import { useLanguage, useTheme, type LanguageChoice as Choice, type Theme } from "../view-models/preferences";
import { useProblemText } from "../view-models/problem-text";
import { useAccount, useUser } from "../view-models/use-account";
import { Alert, Avatar, Button, Dialog, Segmented } from "./parts";
import styles from "./settings-dialog.module.css";
import { WaysIn } from "./ways-in";

export function SettingsDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const user = useUser();
  return (
    <Dialog title={t("settings.title")} onClose={onClose}>
      <div className={styles["user"]}>
        <Avatar of="person" id={user.id} name={user.display_name} />
        <div>
          <p className={styles["name"]}>{plainName(user.display_name)}</p>
          <p className={styles["sub"]}>{user.name}</p>
        </div>
      </div>
      <section className={styles["section"]}>
        <h3 className={styles["title"]}>{t("settings.theme")}</h3>
        <ThemeChoice />
      </section>
      <section className={styles["section"]}>
        <h3 className={styles["title"]}>{t("settings.language")}</h3>
        <LanguageChoice />
      </section>
      <WaysIn />
      <SignOut />
    </Dialog>
  );
}

function ThemeChoice() {
  const { t } = useTranslation();
  const [theme, setTheme] = useTheme();
  const options: { value: Theme; label: string }[] = [
    { value: "system", label: t("settings.theme_system") },
    { value: "light", label: t("settings.theme_light") },
    { value: "dark", label: t("settings.theme_dark") },
  ];
  return <Segmented label={t("settings.theme")} value={theme} options={options} onChoose={setTheme} />;
}

export function LanguageChoice() {
  const { t } = useTranslation();
  const [language, setLanguage] = useLanguage();
  const options: { value: Choice; label: string }[] = [
    { value: "system", label: t("settings.language_system") },
    { value: "ko", label: LANGUAGES.ko },
    { value: "en", label: LANGUAGES.en },
  ];
  return <Segmented label={t("settings.language")} value={language} options={options} onChoose={setLanguage} />;
}

function SignOut() {
  const { t } = useTranslation();
  const { signOut } = useAccount();
  const sentence = useProblemText();
  const [problem, setProblem] = useState<string | null>(null);
  return (
    <section className={styles["section"]}>
      {problem === null ? null : <Alert>{problem}</Alert>}
      <Button look="danger" onClick={() => void signOut().catch((error: unknown) => setProblem(sentence(error)))}>
        <LogOut size={18} aria-hidden="true" />
        {t("auth.sign_out")}
      </Button>
      <p className={styles["sub"]}>{t("settings.sign_out_help")}</p>
    </section>
  );
}
