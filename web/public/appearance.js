// Runs before the first paint, so that a chosen theme or language does not flash, and says so if
// the code of the page does not come. The policy allows no inline script, and a module would come
// too late.
(() => {
  try {
    const theme = localStorage.getItem("maru.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    const language = localStorage.getItem("maru.language");
    if (language === "en" || language === "ko") document.documentElement.lang = language;
  } catch {
    // No storage: the system's preference stands.
  }
  // Neither a script that is missing nor one that this browser cannot run reaches the page.
  addEventListener("error", showBroken, true);

  function showBroken() {
    const root = document.getElementById("root");
    if (root === null || root.childElementCount > 0) return;
    const languages = [localeChosen(), ...navigator.languages].map((tag) => tag.slice(0, 2).toLowerCase());
    const language = languages.find((tag) => tag === "en" || tag === "ko") ?? "en";
    for (const text of document.querySelectorAll("[data-broken]")) text.hidden = text.lang !== language;
  }

  /** The page is in English until somebody has chosen. */
  function localeChosen() {
    try {
      return localStorage.getItem("maru.language") ?? "";
    } catch {
      return "";
    }
  }
})();
