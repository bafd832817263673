import { createRequire } from "node:module";
import type { Terminal as HeadlessTerminal, ITerminalAddon } from "@xterm/headless";

// Both packages are CommonJS whose names Node does not see from a module, so they are required.
const require = createRequire(import.meta.url);
const headless: { Terminal: typeof HeadlessTerminal } = require("@xterm/headless");
const unicode: { Unicode11Addon: new () => ITerminalAddon } = require("@xterm/addon-unicode11");

/** A terminal without a screen, as the keeper has one. */
export const { Terminal } = headless;
export type Terminal = HeadlessTerminal;
export const { Unicode11Addon } = unicode;
