import { useTranslation } from "react-i18next";
import { useTheme, type Theme } from "../../view-models/preferences";
import { LanguageChoice } from "../language-choice";
import { NotifyChoice } from "../notify-choice";
import { Segmented } from "../parts";
import { Part } from "./part";

export function AppearanceSection() {
  const { t } = useTranslation();
  return (
    <>
      <Part title={t("settings.theme")}>
        <ThemeChoice />
      </Part>
      <Part title={t("settings.language")}>
        <LanguageChoice />
      </Part>
      <Part title={t("notify.title")}>
        <NotifyChoice />
      </Part>
    </>
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
