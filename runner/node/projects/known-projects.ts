import type { Project } from "#protocol/documents/project";
import type { Log } from "#runner/core/host";
import { firstProjectsAfterMs, projectsEveryMs, projectsRestFactor } from "#runner/node/caps";

/** What can be run in a folder, as of the last look. Nobody waits for a look: what it finds comes as a change. */
export interface KnownProjects {
  /** What was found last; undefined before the first look. */
  known(): readonly Project[] | undefined;
  /** @param isFresh looks again soon, however short ago the last look was @returns undefined before the first look */
  now(isFresh?: boolean): readonly Project[] | undefined;
  /** Looks now, for who can wait. */
  look(): Promise<readonly Project[]>;
  onChange(listener: () => void): () => void;
}

interface KnownProjectsDeps {
  detect(): Promise<Project[]>;
  /** In milliseconds; only goes up. */
  clock(): number;
  /** Calls back once, unless the process ends before. */
  after(delayMs: number, callback: () => void): void;
  readonly log: Log;
}

export function createKnownProjects({ detect, clock, after, log }: KnownProjectsDeps): KnownProjects {
  const listeners = new Set<() => void>();
  let known: readonly Project[] | undefined;
  let looking: Promise<readonly Project[]> | undefined;
  let isAskedAgain = false;
  let isFirstPlanned = false;
  let nextAt = 0;

  const lookOnce = async (): Promise<readonly Project[]> => {
    const startedAt = clock();
    const found = await detect();
    const tookMs = clock() - startedAt;
    // A slow disk is not asked all the time.
    nextAt = clock() + Math.max(projectsEveryMs, projectsRestFactor * tookMs);
    const isNew = JSON.stringify(found) !== JSON.stringify(known);
    if (!known || isNew) known = found;
    if (isNew) for (const listener of listeners) listener();
    return known;
  };
  const look = (): Promise<readonly Project[]> => {
    looking ??= lookOnce().finally(() => {
      looking = undefined;
      if (!isAskedAgain) return;
      isAskedAgain = false;
      lookSoon();
    });
    return looking;
  };
  const lookSoon = () => {
    look().catch((error: unknown) => log.warn({ error: String(error) }, "the projects of the folder are not known"));
  };

  return {
    known: () => known,
    now(isFresh = false) {
      // What changed behind a look that is under way may have been missed by it.
      if (looking) isAskedAgain ||= isFresh;
      else if (isFresh || (known && clock() >= nextAt)) lookSoon();
      else if (!known && !isFirstPlanned) {
        isFirstPlanned = true;
        after(firstProjectsAfterMs, () => {
          isFirstPlanned = false;
          if (!known) lookSoon();
        });
      }
      return known;
    },
    look,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
