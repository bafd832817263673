import assert from "node:assert/strict";
import { Uri } from "vscode";
import { linkedRun } from "#extension/links";
import { newId } from "#protocol/ids";

describe("links from outside", () => {
  const linked = (path: string) => linkedRun(Uri.parse(`vscode://baton.baton${path}`));

  it("name a run by its id", () => {
    const id = newId("run");
    assert.equal(linked(`/runs/${id}`), id);
    assert.equal(linked(`/runs/${id}/`), id);
  });

  it("name nothing else", () => {
    const id = newId("run");
    for (const path of [
      "",
      "/",
      `/${id}`,
      `/runs/${id}/cancel`,
      "/runs/..",
      "/runs/run_1",
      `/prompts/${newId("prompt")}`,
    ]) {
      assert.equal(linked(path), undefined, path);
    }
  });
});
