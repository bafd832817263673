import { activation } from "./groups/activation.ts";
import { echo } from "./groups/echo.ts";
import { fanout } from "./groups/fanout.ts";
import { largeBodies } from "./groups/large-bodies.ts";
import { memory } from "./groups/memory.ts";
import { opening } from "./groups/opening.ts";
import { output } from "./groups/output.ts";
import { previews } from "./groups/previews.ts";
import { relayStart } from "./groups/relay-start.ts";
import { slowLine } from "./groups/slow-line.ts";
import { idleSockets } from "./groups/sockets.ts";
import { stalled } from "./groups/stalled.ts";
import { start } from "./groups/start.ts";
import type { BenchGroup } from "./row.ts";

/** Everything that is measured, in the order of the table. */
export const groups: readonly BenchGroup[] = [
  echo,
  output,
  fanout,
  start,
  idleSockets,
  memory,
  opening,
  relayStart,
  stalled,
  previews,
  slowLine,
  largeBodies,
  activation,
];
