/** Types of `browser.mjs`, which is plain JavaScript so that it runs before anything was built. */
export declare function findBrowser(): Promise<string | undefined>;
export declare function needBrowser(root: string): Promise<string | undefined>;
