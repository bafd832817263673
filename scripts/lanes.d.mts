/** Types of `lanes.mjs`, which is plain JavaScript so that it runs before anything was built. */
type Run = <T>(work: () => Promise<T>) => Promise<T>;
export declare function makeLanes(count: number): { run: Run; runAlone: Run };
