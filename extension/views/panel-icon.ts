import { type ExtensionContext, Uri } from "vscode";

/** The icon of the tabs of panels. */
export function panelIcon({ extensionUri }: Pick<ExtensionContext, "extensionUri">): { light: Uri; dark: Uri } {
  const media = (name: string) => Uri.joinPath(extensionUri, "extension", "media", name);
  return { light: media("run-light.svg"), dark: media("run-dark.svg") };
}
