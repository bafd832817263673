import { setFlagsFromString } from "node:v8";

/**
 * Imported before everything else, and set once: V8 reads these flags as it goes.
 *
 * It lets its young generation grow to tens of megabytes, while modules are loaded and in a burst, and keeps them. Held
 * at its first size it costs no more time (measured), because what lives shortly here are mostly buffers, which lie
 * outside of it.
 */
setFlagsFromString("--semi-space-growth-factor=1");
