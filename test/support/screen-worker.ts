import { Worker } from "node:worker_threads";
import type { FromWorker, Picture, ToWorker } from "#runner/keeper/screen-messages";
import { artifact } from "#test/support/dist";

/** The built screen worker, spoken to as the keeper does. */
export interface ScreenWorker {
  open(cols: number, rows: number): TestScreen;
  stop(): Promise<void>;
}

export interface TestScreen {
  output(bytes: Uint8Array): void;
  resize(cols: number, rows: number): void;
  picture(): Promise<Picture | undefined>;
  ask(sequence: string): Promise<string>;
  close(): Promise<Picture | undefined>;
}

type Answer = Extract<FromWorker, { id: unknown }>;

export function startScreenWorker(): ScreenWorker {
  const worker = new Worker(artifact("snapshotWorker"));
  const waiting = new Map<number, (answer: Answer) => void>();
  const failures: string[] = [];
  let last = 0;
  worker.on("message", (message: FromWorker) => {
    if (message.type === "failed") failures.push(message.reason);
    if ((message.type === "answer" || message.type === "picture") && message.id !== undefined) {
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    }
  });
  const post = (message: ToWorker) => worker.postMessage(message);
  const request = (make: (id: number) => ToWorker) =>
    new Promise<Answer>((resolve, reject) => {
      if (failures.length > 0) reject(new Error(failures.join("; ")));
      const id = ++last;
      waiting.set(id, resolve);
      post(make(id));
    });
  const pictureOf = (answer: Answer) => (answer.type === "picture" ? answer.picture : undefined);
  return {
    open(cols, rows) {
      const run = ++last;
      let seq = 0;
      post({ type: "open", run, cols, rows });
      return {
        output: (bytes) => post({ type: "output", run, seq: ++seq, bytes }),
        resize: (toCols, toRows) => post({ type: "resize", run, seq: ++seq, cols: toCols, rows: toRows }),
        picture: async () => pictureOf(await request((id) => ({ type: "snapshot", run, id }))),
        close: async () => pictureOf(await request((id) => ({ type: "close", run, id }))),
        async ask(sequence) {
          const answer = await request((id) => ({ type: "ask", run, id, sequence }));
          return answer.type === "answer" ? answer.text : "";
        },
      };
    },
    async stop() {
      await worker.terminate();
      if (failures.length > 0) throw new Error(failures.join("; "));
    },
  };
}
