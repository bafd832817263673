import { typeAheadMs } from "#runner/node/caps";

export interface TerminalStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

const controlC = "\x03";

/**
 * Waits for one of the keys, without Enter; every other key is passed over, and so is what was typed before the question
 * was there to be read. The terminal is as it was afterwards.
 * @param question written when keys count
 * @param keys the answers by their keys, in small letters
 * @throws the signal's reason, or Error where the terminal was closed or Ctrl-C was pressed, which ends the process
 */
export function readKey<T>(
  { input, output }: TerminalStreams,
  question: string,
  keys: Readonly<Record<string, T>>,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const wasRaw = input.isRaw;
    let isAsked = false;
    const timer = setTimeout(() => {
      isAsked = true;
      output.write(question);
    }, typeAheadMs);
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      input.off("data", onData);
      input.off("end", onEnd);
      input.pause();
      input.setRawMode(wasRaw);
    };
    const onAbort = () => {
      finish();
      reject(signal.reason);
    };
    const onEnd = () => {
      finish();
      reject(new Error("the question was not answered"));
    };
    const onData = (data: Buffer | string) => {
      for (const key of data.toString().toLowerCase()) {
        if (key === controlC) {
          onEnd();
          process.kill(process.pid, "SIGINT");
          return;
        }
        if (!isAsked || !Object.hasOwn(keys, key)) continue;
        finish();
        resolve(keys[key] as T);
        return;
      }
    };
    signal.addEventListener("abort", onAbort, { once: true });
    input.on("data", onData);
    input.once("end", onEnd);
    input.setRawMode(true);
    input.resume();
  });
}
