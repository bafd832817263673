/** Types of `build-state.mjs`, which is plain JavaScript so that it runs before anything was built. */
export declare function staleTargets(
  root: string,
  dist: string,
  names: readonly string[],
): { stale: string[]; confirm: () => void };
