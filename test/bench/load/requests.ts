import http from "node:http";

/** Where requests go, and what they say. */
export interface RequestTarget {
  readonly port: number;
  /** In front of each path. */
  readonly base?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How many small requests a target answers, one after the other on each of its connections. */
export interface Requested {
  readonly perSecond: number;
  /** Of each request, in milliseconds. */
  readonly delays: readonly number[];
}

const hostname = "127.0.0.1";

/** @param connections that are used at the same time */
export async function requestsPerSecond(target: RequestTarget, connections: number, forMs: number): Promise<Requested> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const delays: number[] = [];
  const once = () =>
    new Promise<void>((resolve, reject) => {
      const { port, base = "", headers = {} } = target;
      const from = performance.now();
      const request = http.get({ agent, hostname, port, path: `${base}/`, headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
        response.resume().on("end", () => {
          delays.push(performance.now() - from);
          resolve();
        });
      });
      request.on("error", reject);
    });
  // The code of both ends is to be compiled before it counts.
  for (let i = 0; i < 300; i++) await once();
  delays.length = 0;
  const from = performance.now();
  const worker = async () => {
    while (performance.now() - from < forMs) await once();
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - from) / 1_000;
  agent.destroy();
  return { perSecond: delays.length / seconds, delays };
}

/** Bytes a second of one large answer. */
export function bulkPerSecond({ port, base = "", headers = {} }: RequestTarget, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const path = `${base}/bulk?${bytes}`;
    const request = http.get({ hostname, port, path, headers }, (response) => {
      const from = performance.now();
      let count = 0;
      response.on("data", (piece: Buffer) => {
        count += piece.length;
      });
      response.on("end", () => {
        if (count === bytes) resolve(count / ((performance.now() - from) / 1_000));
        else reject(new Error(`${count} of ${bytes} bytes came`));
      });
      response.on("error", reject);
    });
    request.on("error", reject);
  });
}
