import { carryDown, carryUp, largeServer, visitPort } from "#test/support/large-bodies";
import { startSystem } from "#test/support/system";
import { atMost, type BenchGroup, type Row } from "../row.ts";

const MiB = 1_024 * 1_024;
const bodyBytes = 1_024 * MiB;
const warmUpBytes = 64 * MiB;
const grownLimitMiB = 16;

/** A body that is larger than any memory passes through the relay and the runner, and stays in neither. */
export const largeBodies: BenchGroup = {
  name: "large-bodies",
  about: "1 GB down and 1 GB up through a preview: what the relay and the runner grow by",
  async run(log) {
    using server = await largeServer();
    await using system = await startSystem({ previewPorts: [server.port] });
    const visit = await visitPort(system, server.port);
    for (const carry of [carryDown, carryUp]) await carry(system, visit, warmUpBytes);
    const rows: Row[] = [];
    for (const [name, carry] of [
      ["down", carryDown],
      ["up", carryUp],
    ] as const) {
      const { grown, sent, came, seconds } = await carry(system, visit, bodyBytes);
      if (came !== sent) throw new Error(`what went ${name} came changed: ${came}`);
      log(`1 GB ${name} in ${seconds.toFixed(1)} s, the same SHA-256 at both ends`);
      for (const part of ["relay", "runner"] as const) {
        rows.push(
          atMost(grownLimitMiB, { name: `1 GB ${name}, ${part} grows by`, value: grown[part] / MiB, unit: "MB" }),
        );
      }
    }
    return rows;
  },
};
