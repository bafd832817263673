import { performance } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * A relay that is used by people runs most of its code too seldom for V8 to compile it by itself, so a key on its way
 * would be interpreted; compiled at first use, its way through the relay takes a quarter less. What only runs while
 * modules are loaded is not worth it, so this comes behind them.
 */
setFlagsFromString("--always-sparkplug");
setFlagsFromString("--expose-gc");
const collectNow = runInNewContext("gc") as (how: { type: "major"; execution: "async" }) => Promise<void>;

const lookMs = 2_000;
const quietUtilization = 0.05;
const worthwhileBytes = 8 * 1024 * 1024;

/**
 * Gives back what a burst left. V8 collects when much is asked of it, and so never after a thousand people have
 * connected and sit still. It takes some tens of milliseconds, so it waits for a moment without work, and for garbage
 * that is worth it.
 */
export function collectWhenQuiet(): void {
  let usedThen = getHeapStatistics().used_heap_size;
  let isCollecting = false;
  let before = performance.eventLoopUtilization();
  setInterval(async () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (isCollecting || utilization > quietUtilization) return;
    if (getHeapStatistics().used_heap_size < usedThen + worthwhileBytes) return;
    isCollecting = true;
    await collect();
    isCollecting = false;
    usedThen = getHeapStatistics().used_heap_size;
  }, lookMs).unref();
}

/**
 * The first run frees what natives held, the second gives the pages back. Each is a task of its own: with nothing on the
 * stack everything may be moved together, and what was left scattered over twice as many pages is left on few.
 */
async function collect(): Promise<void> {
  await collectNow({ type: "major", execution: "async" });
  await collectNow({ type: "major", execution: "async" });
}
