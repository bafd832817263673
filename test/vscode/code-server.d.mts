/** Types of `code-server.mjs`, which is plain JavaScript so that it runs before anything was built. */
export declare function codeServer(): { node: string; entry: string };
