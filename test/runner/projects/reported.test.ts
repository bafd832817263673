import assert from "node:assert/strict";
import type { Project } from "#protocol/documents";
import { RunnerReport } from "#protocol/documents";
import { createReporter } from "#runner/core/report";
import { scriptedHost } from "#test/support/scripted-host";
import { runEnded, type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";
import { writeFiles } from "./workspace";

describe("the projects that a runner tells its relay", function () {
  this.timeout(60_000);
  let system: System;
  before(async () => {
    system = await startSystem();
  });
  after(() => system.stop());

  const folder = () => system.runners[0]?.folder ?? "";
  const projects = async () => {
    const { runners } = await system.owner.client.call("listRunners");
    return runners[0]?.report?.projects;
  };
  const told = (what: string, fits: (projects: readonly Project[]) => boolean) =>
    until(what, async () => {
      const found = await projects();
      return found && fits(found) ? found : undefined;
    });

  it("come behind its hello, and again when a run has ended that made one", async () => {
    assert.deepEqual(await told("the first look is told", () => true), []);
    const manifest = { name: "bakery", scripts: { dev: "vite" }, dependencies: { vite: "7" } };
    const line = `mkdir bakery && printf '%s' '${JSON.stringify(manifest)}' > bakery/package.json`;
    await runEnded(system.owner, await system.start(line, { mode: "once" }));
    const [project] = await told("what the run has made is told", ({ length }) => length === 1);
    assert.deepEqual(project, {
      folder: "bakery",
      name: "bakery",
      framework: "vite",
      packageManager: "npm",
      scripts: ["dev"],
      command: "npm run dev",
      port: 5173,
      portArguments: "-- --port {port}",
    });
  });

  it("are looked at again when somebody asks for a check", async () => {
    writeFiles(folder(), { "api/package.json": { scripts: { start: "node a.js" }, dependencies: { koa: "3" } } });
    await system.owner.client.call("checkRunner", { params: { id: (await system.runners[0]?.runnerId()) ?? "" } });
    await told("the new one is told", (found) => found.some(({ framework }) => framework === "koa"));
  });
});

describe("a report with many projects", () => {
  it("leaves out the last ones that it has no room for", async () => {
    const scripts = Array.from({ length: 50 }, (_, index) => `${index}${"長".repeat(90)}`);
    const projects = Array.from({ length: 20 }, (_, index) => ({ folder: `p${index}`, name: `p${index}`, scripts }));
    const host = { ...scriptedHost(), inspect: async () => ({ agents: [], projects }) };
    const report = await createReporter(
      host,
      () => undefined,
      () => 0,
    ).make();
    assert.deepEqual(RunnerReport.parse(report), report);
    const kept = report.projects?.length ?? 0;
    assert.ok(kept > 5 && kept < 20, String(kept));
    assert.deepEqual(report.projects, projects.slice(0, kept));
  });
});
