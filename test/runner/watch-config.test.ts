import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { UserConfig } from "#runner/node/config";
import { watchConfig } from "#runner/node/watch-config";
import { type Workspace, WorkspaceFile } from "#runner/node/workspace-file";
import { tempFolder } from "#test/support/temp";

describe("runner: the files of its configuration", () => {
  const temp = tempFolder("watch");
  const dirs = { data: temp.at("data"), config: temp.at("config") };
  const stop = new AbortController();
  after(() => {
    stop.abort();
    temp.remove();
  });

  it("count as they are now also where the system cannot watch them, which is said once", async () => {
    const warned: unknown[] = [];
    const quiet = () => {};
    const folder = temp.at("later");
    const config = watchConfig(
      {
        dirs,
        folder,
        config: UserConfig.parse({}),
        workspace: { file: WorkspaceFile.parse({}), accepted: [], proposed: [] },
        log: { debug: quiet, info: quiet, warn: ({ file }) => void warned.push(file), error: quiet },
      },
      stop.signal,
    );
    const denied = (agent: string) =>
      new Promise<Workspace>((resolve) =>
        config.onChange((_, workspace) => {
          if (workspace.file.denyAgents.includes(agent)) resolve(workspace);
        }),
      );
    mkdirSync(folder);
    // The first change comes before the file is watched in any way, the second one long after.
    for (const agent of ["claude", "codex"]) {
      const changed = denied(agent);
      writeFileSync(temp.at("later", "baton.json"), JSON.stringify({ denyAgents: [agent] }));
      assert.deepEqual((await changed).file.denyAgents, [agent]);
    }
    assert.deepEqual(warned, [temp.at("later", "baton.json")]);
  });
});
