import { BatonError } from "#protocol/errors";
import { maxTemplateListBytes } from "#runner/node/caps";
import { checkSize } from "#runner/node/templates/opened";
import { checkPaths } from "#runner/node/templates/paths";
import type { TemplateFile } from "#runner/node/templates/template-file";
import { type GitPlace, templateGit } from "#runner/node/templates/template-git";

/** One row of a commit's list. */
interface Row {
  readonly path: string;
  readonly kind: TemplateFile["kind"];
  readonly id: string;
  readonly bytes: number;
}

export interface CommitFiles {
  readonly files: readonly TemplateFile[];
  /** Repositories inside of this one: their files are not in it. */
  readonly leftOut: readonly string[];
}

const kinds: Readonly<Record<string, TemplateFile["kind"]>> = {
  "100644": "file",
  "100664": "file",
  "100755": "executable",
  "120000": "link",
};

/**
 * The files of a commit, or of a folder in it, by their paths there. Sizes and paths are looked at before a file is.
 * @throws BatonError `template_too_large`, `template_path_refused`
 */
export async function filesOfCommit(
  place: GitPlace,
  commit: string,
  folder: string,
  reading: (files: number) => void,
): Promise<CommitFiles> {
  const { rows, leftOut } = await listOf(place, commit, folder);
  checkSize(
    rows.length,
    rows.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  checkPaths(rows.map(({ path, kind }) => ({ path, kind: kind === "link" ? "file" : kind, bytes: none })));
  reading(rows.length);
  const contents = await contentsOf(place, rows);
  return { files: rows.map(({ path, kind }, i) => ({ path, kind, bytes: contents[i] ?? none })), leftOut };
}

async function listOf(place: GitPlace, commit: string, folder: string) {
  const stop = new AbortController();
  const signal = place.signal ? AbortSignal.any([place.signal, stop.signal]) : stop.signal;
  const git = templateGit({ ...place, signal });
  // A few small objects can make a list without an end.
  git.outputHandler((_command, stdout) => {
    let length = 0;
    stdout.on("data", (piece: Buffer) => {
      length += piece.length;
      if (length > maxTemplateListBytes) stop.abort();
    });
  });
  const tree = folder === "" ? commit : `${commit}:${folder}`;
  const list = await git.raw("ls-tree", "-r", "-l", "-z", "--full-tree", tree).catch((error: unknown) => {
    if (stop.signal.aborted)
      throw new BatonError("template_too_large", { what: "bytes in its list of files", max: maxTemplateListBytes });
    throw error;
  });
  const rows: Row[] = [];
  const leftOut: string[] = [];
  for (const line of list.split("\0").filter((one) => one !== "")) {
    const [, mode = "", id = "", size = "", path = ""] = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t(.*)$/s.exec(line) ?? [];
    const kind = kinds[mode];
    if (kind) rows.push({ path, kind, id, bytes: Number(size) });
    else leftOut.push(path);
  }
  return { rows: rows.filter(({ path }) => path !== ".gitmodules"), leftOut };
}

/** @returns the contents in the order of the rows */
async function contentsOf(place: GitPlace, rows: readonly Row[]): Promise<Buffer[]> {
  if (rows.length === 0) return [];
  const input = `${rows.map(({ id }) => id).join("\n")}\n`;
  const git = templateGit(place, { input: () => input });
  const answer = (await git.binaryCatFile(["--batch"])) as Buffer;
  let at = 0;
  return rows.map(({ path, bytes }) => {
    // Each is `<id> blob <size>`, a line's end, the bytes and another line's end.
    const start = answer.indexOf(0x0a, at) + 1;
    const head = answer.toString("latin1", at, start);
    if (start === 0 || !head.endsWith(` blob ${bytes}\n`)) throw new Error(`Git gave “${head.trim()}” for ${path}`);
    at = start + bytes + 1;
    return answer.subarray(start, start + bytes);
  });
}

const none = Buffer.alloc(0);
