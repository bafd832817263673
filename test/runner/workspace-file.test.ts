import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { profilesOf, UserConfig } from "#runner/node/config";
import { createRules, tightened } from "#runner/node/rules";
import { acceptProposals, loadWorkspace, WorkspaceFile } from "#runner/node/workspace-file";
import { tempFolder } from "#test/support/temp";

const proposal = {
  id: "ours",
  name: "Ours",
  command: "ours",
  modes: { once: { arguments: [], access: { full: {} }, prompt: { via: "stdin" } } },
};

describe("runner: a folder's baton.json", () => {
  const temp = tempFolder("workspace");
  const dirs = { data: temp.at("data"), config: temp.at("config") };
  const folder = temp.at("folder");
  before(() => mkdirSync(folder));
  after(() => temp.remove());
  const write = (content: unknown) => writeFileSync(temp.at("folder", "baton.json"), JSON.stringify(content));

  it("proposes profiles, which count once exactly this content was accepted", () => {
    write({ agents: [proposal] });
    assert.deepEqual(loadWorkspace(dirs, folder).accepted, []);
    const { proposed } = loadWorkspace(dirs, folder);
    acceptProposals(dirs, folder, proposed);
    const { accepted } = loadWorkspace(dirs, folder);
    assert.deepEqual(
      accepted.map(({ id }) => id),
      ["ours"],
    );
    assert.ok(profilesOf(UserConfig.parse({}), accepted).some(({ id }) => id === "ours"));

    write({ agents: [{ ...proposal, command: "/bin/sh" }] });
    assert.deepEqual(loadWorkspace(dirs, folder).accepted, [], "another content is another proposal");
    mkdirSync(temp.at("other"));
    writeFileSync(temp.at("other", "baton.json"), JSON.stringify({ agents: [proposal] }));
    assert.deepEqual(loadWorkspace(dirs, temp.at("other")).accepted, [], "another folder is asked about anew");
  });

  it("cannot widen anything", () => {
    for (const key of ["policy", "folders", "environment", "allowedAgents", "shellLines", "relay"]) {
      write({ [key]: key === "policy" ? "auto" : ["/"] });
      assert.throws(() => loadWorkspace(dirs, folder), { code: "profile_invalid" }, key);
    }
  });

  it("does not replace a profile of the user", () => {
    const config = UserConfig.parse({ agents: [{ ...proposal, name: "Mine" }] });
    const { agents } = WorkspaceFile.parse({ agents: [{ ...proposal, name: "Theirs" }] });
    assert.equal(profilesOf(config, agents).find(({ id }) => id === "ours")?.name, "Mine");
  });

  it("tightens: fewer agents, more questions, a shorter time", () => {
    const workspace = (content: object) => ({ file: WorkspaceFile.parse(content), accepted: [], proposed: [] });
    const ids = ["claude", "codex", "echo"];
    const config = (content: object) => UserConfig.parse(content);
    assert.deepEqual(tightened(config({}), workspace({ denyAgents: ["codex"] }), ids).allowedAgents, [
      "claude",
      "echo",
    ]);
    assert.deepEqual(
      tightened(config({ allowedAgents: ["codex", "claude"] }), workspace({ denyAgents: ["codex"] }), ids)
        .allowedAgents,
      ["claude"],
    );
    assert.deepEqual(tightened(config({}), workspace({ askAgents: "all" }), ids).askAgents, ids);
    assert.equal(tightened(config({ maxRunMinutes: 5 }), workspace({ maxRunMinutes: 60 }), ids).maxRunMinutes, 5);
    assert.equal(tightened(config({ maxRunMinutes: 90 }), workspace({ maxRunMinutes: 60 }), ids).maxRunMinutes, 60);
    assert.equal(tightened(config({}), workspace({}), ids).allowedAgents, undefined);
  });

  it("asks by default", () => {
    const rules = createRules({ config: UserConfig.parse({}), workspace: loadEmpty() }, () => []);
    assert.equal(rules.current().policy, "ask");
  });

  const loadEmpty = () => ({ file: WorkspaceFile.parse({}), accepted: [], proposed: [] });
});
