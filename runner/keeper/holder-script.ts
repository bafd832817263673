import { existsSync } from "node:fs";

/**
 * Linux and macOS throw away what a terminal's reader has not read yet when the leader of its session ends. So the
 * leader is not the program but a shell around it, which outlives it until everything is read. The script is fixed:
 * nothing of the command is read as a script, it is passed on as it is.
 *
 * `$1` is what the end is announced with, `$2` a file for stdin or nothing, the rest the command. Signals reach the
 * program like the shell, with which it shares its process group; the shell itself waits for the program. It says how
 * that ended in the terminal's own stream, behind everything that was written, and stops until it is killed. SIGHUP is
 * left alone: when the terminal goes, the shell goes, and the kernel tells the program.
 */
const script = `trap : INT QUIT TERM
mark=$1 in=$2
shift 2
if [ -n "$in" ]; then "$@" <"$in"; else "$@"; fi
code=$?
trap '' INT QUIT TERM TTOU TSTP
printf '\\033_%s:%s\\033\\\\' "$mark" "$code"
kill -STOP $$
exit $code`;

/** dash where there is one: it adds nothing to the environment. */
const shell = existsSync("/bin/dash") ? "/bin/dash" : "/bin/sh";

/** The command that holds a terminal's session around another command. */
export const holderCommand = (mark: string, stdinFile: string | undefined, file: string, args: readonly string[]) => ({
  file: shell,
  args: ["-c", script, "baton-terminal", mark, stdinFile ?? "", file, ...args],
});

/** What comes between the mark and the end of the announcement: a colon and an exit status. */
const maxStatusBytes = 4;
const terminator = "\x1b\\";

/** Takes the announcement out of a terminal's stream. */
export interface EndMark {
  /** @returns the bytes without the announcement, and without what may be its beginning */
  strip(bytes: Buffer): Uint8Array;
  /** What was held back because it may have been the beginning; it was not. */
  release(): Uint8Array;
  /** Whether something is held back. */
  readonly holds: boolean;
  /** The exit status, once it was announced. */
  readonly status: number | undefined;
}

export function createEndMark(mark: string): EndMark {
  const start = Buffer.from(`\x1b_${mark}:`);
  const longest = start.length + maxStatusBytes + terminator.length;
  const nothing = Buffer.alloc(0);
  let held: Buffer = nothing;
  let status: number | undefined;

  /** Where a beginning of the announcement stands at the end of the bytes, or their length. */
  const beginning = (bytes: Buffer): number => {
    const at = bytes.lastIndexOf(0x1b);
    const from = at > 0 && bytes.length - at <= terminator.length ? bytes.lastIndexOf(0x1b, at - 1) : at;
    for (const candidate of [from, at]) {
      if (candidate < 0 || bytes.length - candidate >= longest) continue;
      const rest = bytes.subarray(candidate);
      const common = Math.min(rest.length, start.length);
      if (rest.subarray(0, common).equals(start.subarray(0, common))) return candidate;
    }
    return bytes.length;
  };

  return {
    get holds() {
      return held.length > 0;
    },
    get status() {
      return status;
    },
    release() {
      const bytes = held;
      held = nothing;
      return bytes;
    },
    strip(chunk) {
      if (status !== undefined) return chunk;
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      held = nothing;
      const at = bytes.indexOf(start);
      const end = at === -1 ? -1 : bytes.indexOf(terminator, at + start.length);
      if (end !== -1) {
        status = Number(bytes.toString("latin1", at + start.length, end));
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end + terminator.length)]);
      }
      const cut = beginning(bytes);
      if (cut < bytes.length) held = Buffer.from(bytes.subarray(cut));
      return bytes.subarray(0, cut);
    },
  };
}
