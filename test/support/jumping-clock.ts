import { readFileSync, writeFileSync } from "node:fs";
import { tempFolder } from "#test/support/temp";

/** The clock of a process, which can be told to jump. It stays where it is over a restart. */
export interface JumpingClock {
  /** Options of Node itself for the process. */
  readonly nodeArgs: readonly string[];
  /** Lets time go on at once. @param pid of the process, which takes a moment to hear of it */
  readonly jump: (pid: number, ms: number) => void;
  readonly remove: () => void;
}

export function jumpingClock(): JumpingClock {
  const temp = tempFolder("clock");
  const file = temp.at("ahead-ms");
  writeFileSync(file, "0");
  const module = `
    import { readFileSync } from "node:fs";
    const { now } = Date;
    const read = () => Number(readFileSync(${JSON.stringify(file)}, "utf8"));
    let aheadMs = read();
    Date.now = () => now() + aheadMs;
    process.on("SIGUSR2", () => { aheadMs = read(); });
  `;
  return {
    nodeArgs: ["--import", `data:text/javascript,${encodeURIComponent(module)}`],
    jump(pid, ms) {
      writeFileSync(file, String(Number(readFileSync(file, "utf8")) + ms));
      process.kill(pid, "SIGUSR2");
    },
    remove: temp.remove,
  };
}
