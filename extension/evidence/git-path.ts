import { extensions } from "vscode";
import * as z from "zod";

/** The part of the built-in extension's API (`vscode.git`, version 1) that is used here. */
const GitApi = z.object({ git: z.object({ path: z.string().min(1) }) });

/** The Git that the editor itself uses, as the user may have chosen it; undefined where the editor has none. */
export async function editorGit(): Promise<string | undefined> {
  try {
    const exports = await extensions.getExtension<{ getAPI?(version: 1): unknown }>("vscode.git")?.activate();
    return GitApi.safeParse(exports?.getAPI?.(1)).data?.git.path;
  } catch {
    // `git.enabled` is off: its API says so by throwing.
    return undefined;
  }
}
