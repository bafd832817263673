import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { PromptAttachment } from "#protocol/documents";
import type { PromptId } from "#protocol/ids";
import { ifThere } from "#runner/keeper/files";
import { keepAttachmentsMs } from "#runner/node/caps";
import type { BatonDirs } from "#runner/node/dirs";
import { makePrivateFolder, writePrivateFile } from "#runner/node/files";

/** Files that came with a prompt, on this machine. */
export interface WrittenAttachments {
  /** Holds nothing else. */
  readonly folder: string;
  readonly files: readonly string[];
}

/**
 * Writes what came with a prompt into a folder of the prompt's own (0700, files 0600), outside of every workspace, so
 * that no repository takes it up. Follow-ups may look at it again; after a week it is removed.
 */
export function writeAttachments(
  { data }: BatonDirs,
  promptId: PromptId,
  attachments: readonly PromptAttachment[],
): WrittenAttachments {
  const root = join(data, "attachments");
  const folder = join(root, promptId);
  removeOld(root);
  makePrivateFolder(folder);
  const files = attachments.map(({ name, bytes }, index) => {
    // Two may have one name, and some names are no files' on Windows.
    const file = join(folder, `${index + 1}-${name}`);
    writePrivateFile(file, Buffer.from(bytes, "base64"));
    return file;
  });
  return { folder, files };
}

/** The prompt, with the places of its files behind it. */
export const textWithAttachments = (text: string, { files }: WrittenAttachments): string =>
  `${text}\n\n${files.map((file) => `Attached: ${file}`).join("\n")}`;

function removeOld(root: string): void {
  const limit = Date.now() - keepAttachmentsMs;
  for (const name of ifThere(() => readdirSync(root)) ?? []) {
    const folder = join(root, name);
    const changed = ifThere(() => statSync(folder).mtimeMs);
    if (changed !== undefined && changed < limit) rmSync(folder, { recursive: true, force: true });
  }
}
