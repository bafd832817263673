/** Types of `pinned-packages.mjs`, which is plain JavaScript so that it runs before anything was built. */
export declare function cacheFolder(): string;
export declare function installPinned(
  name: string,
  pinned: {
    readonly pins: Readonly<Record<string, { readonly version: string }>>;
    readonly installScripts: readonly string[];
  },
): Promise<{ folder: string; binDir: string }>;
