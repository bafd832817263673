import { setFlagsFromString } from "node:v8";

/**
 * Imported before everything else. While modules are loaded, hundreds of schemas are made by a few functions, which V8
 * would take for hot: its optimizing compiler, and the four megabytes that come into memory with it, would serve what
 * never happens again.
 */
setFlagsFromString("--no-opt");
setImmediate(() => setFlagsFromString("--opt"));
