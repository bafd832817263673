import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { detectProjects } from "#runner/node/projects/detect-projects";
import { createKnownProjects } from "#runner/node/projects/known-projects";
import { usualLimits, walkFolders } from "#runner/node/projects/walk-folders";
import { tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";
import { machineWith, writeFiles } from "./workspace";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

describe("a look for projects", function () {
  this.timeout(60_000);

  it("in 5,000 folders reads some of them, soon, and lets others work meanwhile", async () => {
    using folder = tempFolder("large");
    for (let index = 0; index < 5_000; index++) {
      mkdirSync(folder.at(`p${index % 50}`, `q${index % 500}`, `r${index}`), { recursive: true });
    }
    writeFiles(folder.path, { "package.json": { scripts: { dev: "vite" } } });
    let read = 0;
    for await (const _ of walkFolders(folder.path, usualLimits)) read++;
    assert.equal(read, usualLimits.maxFolders);

    let longestMs = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 1);
    const startedAt = performance.now();
    const found = await detectProjects(folder.path, machineWith([]));
    const tookMs = performance.now() - startedAt;
    clearInterval(timer);
    assert.equal(found.length, 1);
    assert.ok(tookMs < usualLimits.timeoutMs, `${tookMs} ms`);
    assert.ok(longestMs < 250, `the event loop stood still for ${longestMs} ms`);
  });

  it("ends when its time is up, with what it has", async () => {
    using folder = tempFolder("slow");
    writeFiles(folder.path, { "package.json": { scripts: { dev: "vite" } }, "a/b": "" });
    assert.deepEqual(await detectProjects(folder.path, machineWith([]), { ...usualLimits, timeoutMs: -1 }), []);
    const limits = { ...usualLimits, maxFolders: 1 };
    assert.equal((await detectProjects(folder.path, machineWith([]), limits)).length, 1);
  });
});

describe("what is known of the projects of a folder", () => {
  const project = (name: string) => ({ folder: "", name });

  it("is told at once, looked at in the background, and told again where it is something else", async () => {
    let now = 0;
    const first: (() => void)[] = [];
    const waiting: ((names: string[]) => void)[] = [];
    const known = createKnownProjects({
      detect: () => new Promise((resolve) => waiting.push((names) => resolve(names.map(project)))),
      clock: () => now,
      after: (_delayMs, callback) => first.push(callback),
      log: quiet,
    });
    const told: string[] = [];
    known.onChange(() => told.push((known.now() ?? []).map(({ name }) => name).join()));
    const found = async (...names: string[]) => {
      waiting.shift()?.(names);
      await until("the look is over", async () => (waiting.length === 0 ? true : undefined));
      await new Promise(setImmediate);
    };

    assert.equal(known.now(), undefined, "nobody waits for the first look");
    known.now();
    assert.deepEqual([first.length, waiting.length], [1, 0], "which begins behind whatever else begins");
    first[0]?.();
    now = 100;
    await found("a");
    assert.deepEqual(told, ["a"]);
    known.now();
    assert.equal(waiting.length, 0, "a look counts for a while");
    now += 60_000;
    known.now();
    assert.equal(waiting.length, 1);
    await found("a");
    assert.deepEqual(told, ["a"], "nothing is told where nothing has changed");

    known.now(true);
    known.now(true);
    assert.equal(waiting.length, 1, "there is one look at a time");
    waiting.shift()?.([project("b").name]);
    await until("another look begins, because somebody asked during the last one", async () => waiting[0]);
    await found("c");
    assert.deepEqual(told, ["a", "b", "c"]);
  });

  it("after a slow look the next one waits longer", async () => {
    let now = 0;
    let looks = 0;
    const known = createKnownProjects({
      async detect() {
        looks++;
        now += 4_000;
        return [];
      },
      clock: () => now,
      after: () => {},
      log: quiet,
    });
    await known.look();
    now += 199_000;
    known.now();
    assert.equal(looks, 1);
    now += 2_000;
    known.now();
    assert.equal(looks, 2);
  });

  it("a look that fails is told to the log, and the next one counts", async () => {
    const warnings: string[] = [];
    let fails = true;
    const known = createKnownProjects({
      async detect() {
        if (fails) throw new Error("no environment");
        return [project("a")];
      },
      clock: () => 0,
      after: (_delayMs, callback) => callback(),
      log: { ...quiet, warn: (_fields, message) => warnings.push(message) },
    });
    known.now();
    await until("the failure is told", async () => (warnings.length === 1 ? true : undefined));
    fails = false;
    assert.equal((await known.look()).length, 1);
  });
});
