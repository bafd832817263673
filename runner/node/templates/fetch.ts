import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { BatonError } from "#protocol/errors";
import { plainText } from "#protocol/plain-text";
import type { Repository } from "#protocol/template-repository";
import {
  maxGitPieceBytes,
  maxTemplateFetchBytes,
  templateFetchMs,
  templateFetchPollMs,
  templateSilenceMs,
} from "#runner/node/caps";
import { runRemoteGit, silent } from "#runner/node/templates/remote-git";
import { sshCommandFor } from "#runner/node/templates/ssh-command";
import { type GitPlace, templateGit } from "#runner/node/templates/template-git";

export interface FetchOptions {
  readonly repository: Repository;
  readonly ref: string | undefined;
  /** In percent of what the server has said. */
  readonly progress: (percent: number) => void;
}

/**
 * Fetches one commit, without its history, into an empty repository. Nothing is checked out: no filter, no hook and no
 * link of the repository gets to do anything.
 * @throws BatonError `template_unreachable`, `template_ref_unknown`, `template_too_large`, `template_cancelled`
 * @returns the commit's id
 */
export async function fetchCommit(place: GitPlace, { repository, ref, progress }: FetchOptions): Promise<string> {
  const local = templateGit(place);
  await local.raw("init", "--quiet", "--bare", "--template=", ".");
  const sshCommand = await sshCommandFor(place);
  const stop = new AbortController();
  const reasons = [stop.signal, AbortSignal.timeout(templateFetchMs), ...(place.signal ? [place.signal] : [])];
  const watching = watchSize(place.folder, () => stop.abort(tooLarge()));
  try {
    await runRemoteGit(
      {
        ...place,
        signal: AbortSignal.any(reasons),
        protocols: repository.transport === "http" ? "http" : "https:ssh",
        sshCommand,
        heard(text) {
          const percent = percentOf(text);
          if (percent !== undefined) progress(percent);
        },
      },
      [...fetching, "--", repository.url, ref ?? "HEAD"],
    );
    if ((await sizeOf(place.folder)) > maxTemplateFetchBytes) throw tooLarge();
    return (await local.raw("rev-parse", "--verify", "--quiet", "FETCH_HEAD^{commit}")).trim();
  } catch (error) {
    if (place.signal?.aborted) throw new BatonError("template_cancelled", {}, { cause: error });
    if (stop.signal.aborted) throw stop.signal.reason;
    if (/attempting to allocate \d+ over limit/i.test(String(error)))
      throw new BatonError("template_too_large", { what: "bytes in one piece", max: maxGitPieceBytes });
    throw failureOf(error, repository, ref);
  } finally {
    clearInterval(watching);
  }
}

const fetching = [
  ...["fetch", "--quiet", "--progress", "--depth=1", "--no-tags"],
  ...["--no-recurse-submodules", "--no-write-commit-graph"],
];

const tooLarge = () => new BatonError("template_too_large", { what: "bytes to fetch", max: maxTemplateFetchBytes });

/** The last percentage of what Git has just said. */
function percentOf(text: string): number | undefined {
  const found = [...text.matchAll(/(?:Receiving|Resolving)[^:]*:\s+(\d+)%/g)].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
}

function watchSize(folder: string, over: () => void): NodeJS.Timeout {
  return setInterval(() => {
    sizeOf(folder).then(
      (bytes) => bytes > maxTemplateFetchBytes && over(),
      // A file went while it was looked at; the next look comes.
      () => undefined,
    );
  }, templateFetchPollMs);
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(join(folder, "objects"), { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) =>
      stat(join(parentPath, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function failureOf(error: unknown, { url }: Repository, ref: string | undefined): BatonError {
  const said = error instanceof Error ? error.message : String(error);
  if (ref !== undefined && /couldn't find remote ref|not our ref|no such remote ref/i.test(said)) {
    return new BatonError("template_ref_unknown", { repository: url, ref }, { cause: error });
  }
  return new BatonError("template_unreachable", { repository: url, reason: reasonOf(said) }, { cause: error });
}

/** What Git said, in words that help; else its last line that is about the failure. */
function reasonOf(said: string): string {
  const known = reasons.find(([pattern]) => pattern.test(said))?.[1];
  if (known) return known;
  const lines = said.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  const line = lines.find((one) => /^(fatal|error|remote: )/.test(one)) ?? lines.at(-1) ?? "Git failed";
  return plainText(line.replace(/^(fatal|error): /, "").replace(/\.$/, "")).slice(0, 300);
}

const reasons: readonly (readonly [RegExp, string])[] = [
  [/could not resolve host/i, "its host is not known, or there is no network"],
  [
    /terminal prompts disabled|authentication failed|could not read username|\b40[13]\b/i,
    "it needs a sign-in that Git has not stored here",
  ],
  [
    /permission denied \(|host key verification failed/i,
    "its server does not know this machine's SSH key, or this machine not its server",
  ],
  [
    /repository .* not found|\b404\b|does not appear to be a git repository/i,
    "there is no such repository, or it is not shown to you",
  ],
  [/couldn't find remote ref HEAD/i, "it has no commit"],
  [new RegExp(silent), `its server said nothing for ${templateSilenceMs / 1_000} s`],
  [/aborted due to timeout/i, `it took more than ${templateFetchMs / 60_000} minutes`],
  [
    /transport '.*' not allowed|protocol .* is not supported/i,
    "it leads to an address of a kind that is not fetched from",
  ],
];
