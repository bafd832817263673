import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { resolve } from "node:path";
import { freePort } from "#test/support/ports";
import { runProcess, startProcess } from "#test/support/processes";
import { tempFolder } from "#test/support/temp";

const lines = readFileSync("Dockerfile", "utf8").split("\n");
const all = (instruction: string) =>
  lines.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.slice(instruction.length + 1));

/** The steps of the Dockerfile, done by hand where there is no Docker: what .dockerignore lets in has to be enough. */
describe("the image", function () {
  this.timeout(120_000);

  it("is built from what .dockerignore lets in, serves, and says that it is healthy", async () => {
    using folder = tempFolder("baton-image");
    const source = folder.at("src");
    mkdirSync(source);
    const allowed = readFileSync(".dockerignore", "utf8").match(/^!.+$/gm) ?? [];
    for (const name of allowed.map((line) => line.slice(1))) cpSync(name, resolve(source, name), { recursive: true });
    symlinkSync(resolve("node_modules"), resolve(source, "node_modules"));
    const [build] = all("RUN").filter((line) => line.startsWith("node esbuild.mjs"));
    assert.ok(build);
    execFileSync("sh", ["-c", build], { cwd: source, env: { ...process.env, BATON_DIST: undefined } });

    const app = folder.at("app");
    mkdirSync(app);
    for (const copy of all("COPY").filter((line) => line.startsWith("--from=build"))) {
      const [, ...paths] = copy.split(" ");
      const to = (paths.pop() ?? "").replace("/app", app);
      for (const from of paths.map((path) => path.replace("/src", source))) {
        cpSync(from, to.endsWith("/") ? resolve(to, from.split("/").at(-1) ?? "") : to, { recursive: true });
      }
    }
    const port = await freePort();
    const env = {
      ...Object.fromEntries(all("ENV").flatMap((line) => line.split(" ").map((pair) => pair.split("=", 2)))),
      ...{ PORT: String(port), BATON_DATA: folder.at("data"), BATON_PUBLIC_URL: `http://127.0.0.1:${port}` },
    };
    const entry: string[] = JSON.parse(all("ENTRYPOINT")[0] ?? "[]");
    const argv = entry.map((word) => word.replace("/app", app)) as [string, ...string[]];
    await using relay = startProcess([...argv, "--json"], { cwd: "/", env });
    await relay.line((line) => (line.includes('"ready"') ? true : undefined));
    const [check = ""] = /\[.*\]$/.exec(all("HEALTHCHECK")[0] ?? "") ?? [];
    const healthy = JSON.parse(check) as [string, ...string[]];
    assert.equal((await runProcess(healthy, { env })).code, 0);
    const page = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<title>Baton/);
    await relay.stop();
    assert.notEqual((await runProcess(healthy, { env })).code, 0);
    assert.ok(existsSync(folder.at("data")));
  });
});
