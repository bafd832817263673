import assert from "node:assert/strict";
import { makeLanes } from "../../scripts/lanes.mjs";

/** Work that notes when it begins and ends, and ends when it is told. */
function notedWork() {
  const notes: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => async () => {
    notes.push(`+${name}`);
    await new Promise<void>((resolve) => ends.set(name, resolve));
    notes.push(`-${name}`);
    return name;
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise(setImmediate);
  };
  return { notes, work, end };
}

describe("the lanes of the tests", () => {
  it("run so many at once, in the order in which they were asked for", async () => {
    const { notes, work, end } = notedWork();
    const { run } = makeLanes(2);
    const all = ["a", "b", "c", "d"].map((name) => run(work(name)));
    for (const name of ["b", "c", "a", "d"]) await end(name).then(() => end(name));
    assert.deepEqual(notes, ["+a", "+b", "-b", "+c", "-c", "+d", "-a", "-d"]);
    assert.deepEqual(await Promise.all(all), ["a", "b", "c", "d"]);
  });

  it("run what is to be alone behind everything else, one by one", async () => {
    const { notes, work, end } = notedWork();
    const { run, runAlone } = makeLanes(2);
    const all = [runAlone(work("x")), runAlone(work("y")), run(work("a")), run(work("b"))];
    await new Promise(setImmediate);
    for (const name of ["a", "b", "x", "y"]) await end(name);
    assert.deepEqual(notes, ["+a", "+b", "-a", "-b", "+x", "-x", "+y", "-y"]);
    await Promise.all(all);
  });

  it("go on behind work that fails, and tell who asked for it", async () => {
    const { run, runAlone } = makeLanes(1);
    const failing = run(() => Promise.reject(new Error("it is raining")));
    const behind = [run(async () => 1), runAlone(async () => 2)];
    await assert.rejects(failing, /it is raining/);
    assert.deepEqual(await Promise.all(behind), [1, 2]);
  });
});
