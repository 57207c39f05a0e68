import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../i18n";
import { useLanguage, type LanguageChoice as Choice } from "../view-models/preferences";
import { Segmented } from "./parts";

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
