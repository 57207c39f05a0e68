import { init, use as install } from "i18next";
import { initReactI18next } from "react-i18next";
import type account from "./account.en.json";
import type admin from "./admin.en.json";
import en from "./en.json";
import ko from "./ko.json";
import { particles } from "./particles";

export const LANGUAGES = { en: "English", ko: "한국어" } as const;
export type Language = keyof typeof LANGUAGES;

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en & typeof account & typeof admin };
  }
}

/** The first language of the browser that Maru speaks. */
export function browserLanguage(preferred: readonly string[] = navigator.languages): Language {
  for (const tag of preferred) {
    const language = tag.toLowerCase().split("-")[0];
    if (language === "en" || language === "ko") return language;
  }
  return "en";
}

/** For dates and numbers: the browser's own region where it speaks the chosen language. */
export function localeOf(language: string, preferred: readonly string[] = navigator.languages): string {
  return preferred.find((tag) => tag.toLowerCase().split("-")[0] === language) ?? language;
}

export async function startI18n(language: Language): Promise<void> {
  install(initReactI18next);
  install(particles);
  await init({
    lng: language,
    fallbackLng: "en",
    resources: { en: { translation: en }, ko: { translation: ko } },
    postProcess: [particles.name],
    // React escapes.
    interpolation: { escapeValue: false },
  });
  document.documentElement.lang = language;
}
