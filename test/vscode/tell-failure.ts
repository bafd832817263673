import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Editor } from "#test/vscode/editor";
import { statusItem } from "#test/vscode/workbench";

const maxLogLines = 25;

/** Writes down what a failed test leaves in its report only as a timeout: the status bar's item, and Baton's own logs. */
export async function tellFailure({ page, folder }: Pick<Editor, "page" | "folder">): Promise<void> {
  const status = await statusItem(page).allInnerTexts();
  console.log(`      the status bar says: ${status.join(" | ") || "nothing of Baton"}`);
  const logs = folder.at("data", "logs");
  const own = readdirSync(logs, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith("Baton.log"));
  for (const file of own.sort()) {
    const lines = readFileSync(join(logs, file), "utf8").trimEnd().split("\n").slice(-maxLogLines);
    console.log(`      ${file}\n${lines.map((line) => `        ${line}`).join("\n")}`);
  }
}
