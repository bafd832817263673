import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { tempFolder } from "#test/support/temp";
import { hostErrors } from "#test/vscode/host-log";

const at = "2026-11-21 17:31:00.218";
const ours = [
  `${at} [error] Error: rejected by nobody\n    at activate (/tmp/extensions/baton.baton-0.1.0/dist/window.cjs:1:9)`,
  `${at} [error] Error: ENOSPC: no space left on device, write`,
  `${at} [error] SyntaxError: Unexpected end of JSON input\n    at JSON.parse (<anonymous>)\n    at read (/tmp/extensions/baton.baton-0.1.0/dist/window.cjs:1:9)\n    at cH (file:///x/extensionHostProcess.js:315:7066)`,
  `${at} [error] BatonError: thrown by a command baton.newRun {"value":"baton.baton"}`,
];
const others = [
  `${at} [info] Extension host with pid 1 started`,
  `${at} [warning] [baton.baton] something that can be lived with`,
  `${at} [error] [vscode.git] no repository`,
  `${at} [error] Error: cut\n    at file:///x/lib/vscode/extensions/git/dist/main.js:1:1`,
  `${at} [error] Error: connect ENOENT /tmp/data/code-server-ipc.sock\n    at PipeConnectWrap.afterConnect`,
  `${at} [error] Unable to refresh tree view baton.runs: Canceled`,
  `${at} [error] SyntaxError: Unexpected end of JSON input\n    at async c_._getWorkspaceStorageURI (file:///x.js:1:1)`,
  `${at} [error] SyntaxError: Unexpected end of JSON input\n    at JSON.parse (<anonymous>)\n    at cH (file:///x/extensionHostProcess.js:315:7066)`,
];

describe("what is read from the logs of extension hosts", () => {
  it("is every error of ours in every window's log, and nobody else's", () => {
    using folder = tempFolder("baton-log");
    for (const [window, entries] of [
      ["exthost1", [...others, ...ours.slice(0, 2)]],
      ["exthost2", [...ours.slice(2), ...others]],
    ] as const) {
      mkdirSync(folder.at("logs", "20261121", window), { recursive: true });
      writeFileSync(folder.at("logs", "20261121", window, "remoteexthost.log"), `${entries.join("\n")}\n`);
      writeFileSync(folder.at("logs", "20261121", window, "other.log"), ours.join("\n"));
    }
    const found = hostErrors(folder.path).map((entry) => entry.trimEnd());
    assert.deepEqual(found.sort(), [...ours].sort());
  });
});
