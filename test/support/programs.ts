/** Small programs for a terminal, as the command line of a Node. */

/**
 * Writes `bytes` bytes that anybody can make again, in pieces, and their SHA-256 to a file when all are written.
 * They hold no line feed, which the terminal would change, and no escape, which the keeper would answer.
 */
export const digestWriter = (bytes: number, digestFile: string, pauseMs = 0): string[] => [
  "node",
  "-e",
  `
  const { createHash } = require("node:crypto");
  const fs = require("node:fs");
  const hash = createHash("sha256");
  let seed = 1, left = ${bytes};
  const piece = () => {
    const bytes = Buffer.alloc(Math.min(left, 8192));
    for (let i = 0; i < bytes.length; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      bytes[i] = 0x20 + ((seed >>> 16) % 223);
      if (bytes[i] === 0x7f) bytes[i] = 0x41;
    }
    return bytes;
  };
  const writeAll = (bytes) => {
    for (let at = 0; at < bytes.length; ) {
      try { at += fs.writeSync(1, bytes, at); } catch (error) { if (error.code !== "EAGAIN") throw error; }
    }
  };
  const step = () => {
    const bytes = piece();
    writeAll(bytes);
    hash.update(bytes);
    left -= bytes.length;
    if (left > 0) setTimeout(step, ${pauseMs});
    else fs.writeFileSync(${JSON.stringify(digestFile)}, hash.digest("hex"));
  };
  step();`,
];

/**
 * Writes `bytes` bytes as fast as the terminal takes them, and is gone with the last of them. The SHA-256 stands in
 * the file before the first is written.
 */
export const floodAndExit = (bytes: number, digestFile: string): string[] => [
  "node",
  "-e",
  `
  const { createHash } = require("node:crypto");
  const fs = require("node:fs");
  const hash = createHash("sha256");
  const block = Buffer.alloc(65536);
  let seed = 7;
  for (let i = 0; i < block.length; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    block[i] = 0x20 + ((seed >>> 16) % 95);
  }
  const blocks = ${bytes} / block.length;
  const nth = (n) => { block.write(String(n).padStart(8, "0")); return block; };
  for (let n = 0; n < blocks; n++) hash.update(nth(n));
  fs.writeFileSync(${JSON.stringify(digestFile)}, hash.digest("hex"));
  for (let n = 0; n < blocks; n++) {
    const bytes = nth(n);
    for (let at = 0; at < bytes.length; ) {
      try { at += fs.writeSync(1, bytes, at); } catch (error) { if (error.code !== "EAGAIN") throw error; }
    }
  }
  process.reallyExit(5);`,
];

/** A tree as agents leave it: a child, one that ignores SIGHUP, one in a session of its own, and one of that. */
export const processTree = [
  "sh",
  "-c",
  `sleep 300 &
   nohup sleep 301 >/dev/null 2>&1 &
   setsid sh -c 'sleep 302 & sleep 303' &
   setsid sh -c 'trap "" TERM INT HUP; while :; do sleep 304; done' &
   echo ready; wait`,
];
