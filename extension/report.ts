import { open } from "node:fs/promises";
import { arch, homedir, platform, release } from "node:os";
import { maxReportedLogBytes, maxReportedLogLines } from "#extension/caps";

/** What a report of a problem is made of. */
export interface ReportFacts {
  /** Rows of name and value. */
  readonly versions: readonly (readonly [string, string])[];
  readonly folders: readonly { readonly link: string; readonly keeper: string; readonly policy: string }[];
  /** The last lines of the log, oldest first. */
  readonly log: readonly string[];
}

/** The report as Markdown, for a person to read, to change and to copy. Nothing of it is sent by itself. */
export function reportText({ versions, folders, log }: ReportFacts): string {
  return [
    "<!-- Nothing of this was sent. Read it, take out what is nobody's business, and copy it to where you report. -->",
    "## What happened",
    "",
    "## What should have happened",
    "",
    "## Versions",
    ...versions.map(([name, value]) => `- ${name}: ${value}`),
    ...folders.map(
      ({ link, keeper, policy }, index) => `- Folder ${index + 1}: link ${link}, keeper ${keeper}, policy ${policy}`,
    ),
    "",
    "## The end of the log",
    "```",
    ...log.map(withoutSecrets),
    "```",
    "",
  ].join("\n");
}

export const systemVersions = (): [string, string][] => [
  ["System", `${platform()} ${release()} ${arch()}`],
  ["Node", process.version],
];

/** The last lines of the log's file; none where there is no file. */
export async function readLogEnd(path: string): Promise<string[]> {
  const file = await open(path, "r").catch(() => undefined);
  if (!file) return [];
  try {
    const { size } = await file.stat();
    const length = Math.min(size, maxReportedLogBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const lines = buffer.toString("utf8", 0, bytesRead).split("\n");
    // The first line of a part may be the end of a longer one.
    return lines
      .slice(size > length ? 1 : 0)
      .filter(Boolean)
      .slice(-maxReportedLogLines);
  } finally {
    await file.close();
  }
}

/** Long random words are secrets until they are known to be ids; and whose home it is stays here. */
export function withoutSecrets(line: string): string {
  return line
    .replaceAll(homedir(), "~")
    .replace(/([#?&](?:link|invite|token|code)=)[^\s"'&]+/gi, "$1(removed)")
    .replace(/\b(bearer|authorization:?)\s+\S+/gi, "$1 (removed)")
    .replace(/[A-Za-z0-9_-]{24,}(?:\.[A-Za-z0-9_-]{8,})*/g, (word) => (isHarmless(word) ? word : "(removed)"));
}

const isId = /^[a-z]{3}_[0-9a-f]{32}$/;
/** Ids, and words that no random choice makes: without a digit or without a letter. */
const isHarmless = (word: string): boolean => isId.test(word) || !/\d/.test(word) || !/[A-Za-z]/.test(word);
