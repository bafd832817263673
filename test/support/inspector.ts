import { once } from "node:events";
import WebSocket from "ws";

/** A process that was started with `--inspect=127.0.0.1:PORT`, asked about its own memory. */
export interface Inspected {
  /** Bytes that are reachable: a full collection first, then heap and what stands outside of it. */
  readonly liveBytes: () => Promise<number>;
  readonly close: () => void;
}

/** @throws Error when nothing answers on the port */
export async function inspect(port: number): Promise<Inspected> {
  const response = await fetch(`http://127.0.0.1:${port}/json/list`);
  const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[];
  if (!target) throw new Error(`nothing to inspect on port ${port}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await once(socket, "open");
  let lastId = 0;
  const call = (method: string, params: Record<string, unknown> = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      const look = (data: Buffer) => {
        const message = JSON.parse(data.toString("utf8")) as {
          id?: number;
          result?: unknown;
          error?: { message: string };
        };
        if (message.id !== id) return;
        socket.off("message", look);
        if (message.error) reject(new Error(message.error.message));
        else resolve(message.result);
      };
      socket.on("message", look);
      socket.send(JSON.stringify({ id, method, params }));
    });
  return {
    async liveBytes() {
      await call("HeapProfiler.collectGarbage");
      const expression = "(({heapUsed, external}) => heapUsed + external)(process.memoryUsage())";
      const answer = (await call("Runtime.evaluate", { expression, returnByValue: true })) as {
        result: { value: number };
      };
      return answer.result.value;
    },
    close: () => socket.terminate(),
  };
}
