/**
 * A program that writes numbered lines, each with a hash over all before it, and notes in a file what its terminal
 * makes of them. It answers every key; “q” ends it.
 */
export const numberedStream = `
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
const everyMs = 40;
const [side] = process.argv.slice(2);
let number = 0;
let hash = "";
const say = (line) => {
  appendFileSync(side, line + "\\r\\n");
  process.stdout.write(line + "\\n");
};
const next = () => {
  number++;
  hash = createHash("sha256").update(hash + number).digest("hex").slice(0, 16);
  say(number + " " + hash);
};
process.stdin.setRawMode(true);
process.stdin.on("data", (bytes) => {
  for (const key of bytes.toString("latin1")) {
    say("typed " + key);
    if (key === "q") process.exit(0);
  }
});
setInterval(next, everyMs);
`;
