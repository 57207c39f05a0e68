// Runs before the first paint, so that a chosen theme or language does not flash.
// The policy allows no inline script, and a module would come too late.
(() => {
  try {
    const theme = localStorage.getItem("maru.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    const language = localStorage.getItem("maru.language");
    if (language === "en" || language === "ko") document.documentElement.lang = language;
  } catch {
    // No storage: the system's preference stands.
  }
})();
