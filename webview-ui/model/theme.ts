import type { PreferenceStore } from "./preferences";

/** Keeps the page's theme in step with the preference and with the system. */
export function followTheme(preferences: PreferenceStore, window: Window): void {
  const system = window.matchMedia("(prefers-color-scheme: light)");
  const apply = () => {
    const { theme } = preferences.get();
    window.document.documentElement.dataset.theme = theme === "system" ? (system.matches ? "light" : "dark") : theme;
  };
  system.addEventListener("change", apply);
  preferences.subscribe(apply);
  apply();
}

/** What the switch in the corner does: the other one of what is seen now. */
export function switchTheme(preferences: PreferenceStore): void {
  preferences.change({ theme: document.documentElement.dataset.theme === "dark" ? "light" : "dark" });
}
