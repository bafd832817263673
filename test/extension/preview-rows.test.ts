import assert from "node:assert/strict";
import type { Folders } from "#extension/folders";
import { previewRows, rowsBelow } from "#extension/previews/preview-rows";
import { newId, type RunId } from "#protocol/ids";

const runOf = (runId: RunId) => ({ runId, status: "running", run: { header: { id: runId, agent: "dev-server" } } });
const previewOf = (name: string, runId?: RunId) => ({ id: newId("preview"), ...(runId && { runId }), body: { name } });

describe("the rows of the view Previews", () => {
  it("are the servers with what the team is shown of each, then the other ports, then the projects", () => {
    const [web, api] = [newId("run"), newId("run")];
    const folder = {
      status: () => ({
        runs: [runOf(web), runOf(api)],
        previews: [previewOf("by hand"), previewOf("of api", api), previewOf("of a run that is over", newId("run"))],
      }),
      projects: { known: () => [{ name: "bakery" }] },
    };
    const rows = previewRows({ all: () => [folder] } as unknown as Pick<Folders, "all">);
    const textOf = (row: (typeof rows)[number]): unknown => {
      if ("server" in row) return [row.server.runId, ...rowsBelow(row).map(textOf)];
      return "preview" in row ? row.preview.body.name : row.project.name;
    };
    assert.deepEqual(rows.map(textOf), [[web], [api, "of api"], "by hand", "of a run that is over", "bakery"]);
  });
});
