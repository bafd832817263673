import { installPinned } from "../support/pinned-packages.mjs";

/**
 * Installs the real agent CLIs that the tests drive, once, into the cache of this machine: together they are over
 * 1 GB, so they are no dependencies of the project. By hand: `node test/agents/install.mjs`.
 */
export const installAgents = () => installPinned("agents", { pins, installScripts });

/** Exact versions by package, and the command that each one brings. */
const pins = /** @type {const} */ ({
  "@anthropic-ai/claude-code": { version: "2.1.197", command: "claude" },
  "@openai/codex": { version: "0.169.0", command: "codex" },
  "opencode-ai": { version: "1.18.33", command: "opencode" },
  "@google/gemini-cli": { version: "0.61.0", command: "gemini" },
});

/** Both put the binary of this platform where the command points to. */
const installScripts = ["@anthropic-ai/claude-code/install.cjs", "opencode-ai/postinstall.mjs"];

// In a bundle of tests the file name is the bundle's, and nothing is to be started.
if (import.meta.filename?.endsWith("install.mjs") && process.argv[1] === import.meta.filename) {
  installAgents().then(
    ({ binDir }) => console.log(binDir),
    (error) => {
      console.error(String(error));
      process.exitCode = 1;
    },
  );
}
