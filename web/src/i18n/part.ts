import i18next from "i18next";

/** Adds texts that only some pages need; they come with those pages. */
export function addTexts(en: object, ko: object): void {
  i18next.addResourceBundle("en", "translation", en, true);
  i18next.addResourceBundle("ko", "translation", ko, true);
}
