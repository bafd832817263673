import { setFlagsFromString } from "node:v8";

/**
 * Imported before everything else, and set once: V8 reads these flags as it goes.
 *
 * It lets its young generation grow to tens of megabytes, while modules are loaded and in a burst, and keeps them. Held
 * at its first size it costs no more time (measured), because what lives shortly here are mostly buffers, which lie
 * outside of it.
 */
setFlagsFromString("--semi-space-growth-factor=1");

/**
 * It takes a function for hot early, the small ones earliest. While modules are loaded those are what makes schemas and
 * joins paths, and its optimizing compiler comes into memory for them, four megabytes of it. What has five times as
 * much to do before it counts as hot has really something to do; in a flood that is a matter of milliseconds.
 */
setFlagsFromString("--interrupt-budget=330000");
setFlagsFromString("--max-bytecode-size-for-early-opt=0");
