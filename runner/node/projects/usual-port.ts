import type { NodeFramework } from "#runner/node/projects/node-frameworks";
import type { SeenFolder } from "#runner/node/projects/seen-folder";

/** The first text in which a port stands. */
export function portIn(text: string | undefined, pattern: RegExp): number | undefined {
  const [, digits] = (text && pattern.exec(text)) || [];
  const port = Number(digits);
  return digits !== undefined && port >= 1 && port <= 65_535 ? port : undefined;
}

/** `PORT=3000`, `--port 3000`, `--port=3000`, `-p 3000`, as they stand in a script. */
export const portInScript = (script: string): number | undefined =>
  portIn(script, /(?:^|\s)(?:--port|-p)[\s=]+(\d{1,5})(?=\s|$)/) ?? portIn(script, /(?:^|\s)PORT=(\d{1,5})(?=\s|&|$)/);

const portLine = /^[ \t]*(?:export[ \t]+)?PORT[ \t]*=[ \t]*["']?(\d{1,5})["']?[ \t]*(?:#.*)?\r?$/m;
/** Nothing else is taken from these files, which may hold secrets. */
export async function portInEnvFile(folder: SeenFolder): Promise<number | undefined> {
  for (const file of [".env.local", ".env.development", ".env"]) {
    const port = folder.files.has(file) ? portIn(await folder.read(file), portLine) : undefined;
    if (port !== undefined) return port;
  }
  return undefined;
}

const configEndings = [".ts", ".js", ".mjs", ".mts", ".cjs", ".cts"];
export async function portInConfig(
  folder: SeenFolder,
  { file, object }: NonNullable<NodeFramework["config"]>,
): Promise<number | undefined> {
  const name = configEndings.map((ending) => file + ending).find((one) => folder.files.has(one));
  const text = name === undefined ? undefined : await folder.read(name);
  return text === undefined ? undefined : portInObject(withoutComments(text), object);
}

/** Where a file of the project's own listens, if it says so with a number. */
export async function portInSource(folder: SeenFolder, source: string): Promise<number | undefined> {
  const text = await folder.read(source);
  const code = text === undefined ? undefined : withoutComments(text);
  return (
    portIn(code, /\bPORT\b["'\])]*\s*(?:\|\||\?\?|,)\s*["']?(\d{2,5})\b/) ??
    portIn(code, /\blisten\(\s*\{[^{}]{0,200}?\bport\s*:\s*(\d{2,5})\b/) ??
    portIn(code, /\blisten\(\s*(\d{2,5})\b/) ??
    portIn(code, /\b(?:ListenAndServe|Run|bind)\(\s*"[\w.]{0,40}:(\d{2,5})"/) ??
    portIn(code, /\bport\s*[:=]\s*(\d{2,5})\b/i)
  );
}

/** In time that grows with the text alone: whoever wrote it may want a runner to be busy. */
function withoutComments(text: string): string {
  const parts: string[] = [];
  let at = 0;
  for (let start = text.indexOf("/*"); start >= 0; start = text.indexOf("/*", at)) {
    const end = text.indexOf("*/", start + 2);
    if (end < 0) break;
    parts.push(text.slice(at, start));
    at = end + 2;
  }
  parts.push(text.slice(at));
  return parts.join(" ").replace(/(^|[\s;{},(])\/\/[^\n]*/g, "$1");
}

const maxObjectLength = 4_000;
/** `port: 3000` directly in `object: { … }`, not in an object within it. */
function portInObject(text: string, object: string): number | undefined {
  const [found] = new RegExp(`\\b${object}\\s*:\\s*\\{`).exec(text) ?? [];
  if (found === undefined) return undefined;
  const start = text.indexOf(found) + found.length;
  let depth = 1;
  let own = "";
  for (const letter of text.slice(start, start + maxObjectLength)) {
    if (letter === "{") depth++;
    if (letter === "}") depth--;
    if (depth === 0) break;
    if (depth === 1) own += letter;
  }
  return portIn(own, /(?:^|[\s,}])port\s*:\s*(\d{1,5})\b/);
}
