/** Types of `dev-servers.mjs`, which is plain JavaScript so that it runs before anything was built. */
export declare function installDevServers(): Promise<{ folder: string; binDir: string }>;
