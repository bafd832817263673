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

/** A body without end that goes through a preview, and how much of it has come through. */
export interface CountedBody {
  readonly bytes: () => number;
  readonly stop: () => void;
}

export function countedDownload({ port, base = "", headers = {} }: RequestTarget): CountedBody {
  let count = 0;
  const path = `${base}/bulk?${Number.MAX_SAFE_INTEGER}`;
  const request = http.get({ hostname, port, path, headers }, (response) => {
    response.on("data", (piece: Buffer) => {
      count += piece.length;
    });
    response.on("error", () => undefined);
  });
  request.on("error", () => undefined);
  return { bytes: () => count, stop: () => request.destroy() };
}

/** What has come through is what the server says that it has heard. */
export function countedUpload({ port, base = "", headers = {} }: RequestTarget): CountedBody {
  let count = 0;
  const piece = Buffer.alloc(64 * 1024, "x");
  const request = http.request({ hostname, port, path: `${base}/heard`, headers, method: "POST" }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (more: string) => {
      const lines = (text + more).split("\n");
      text = lines.pop() ?? "";
      count = Number(lines.at(-1) ?? count);
    });
    response.on("error", () => undefined);
  });
  const write = () => {
    while (!request.destroyed && request.write(piece)) {}
  };
  request.on("drain", write).on("error", () => undefined);
  write();
  return { bytes: () => count, stop: () => request.destroy() };
}
