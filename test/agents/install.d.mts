/** Types of `install.mjs`, which is plain JavaScript so that it runs before anything was built. */
export declare function installAgents(): Promise<{ binDir: string }>;
