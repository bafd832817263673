import { createCipheriv, createHash } from "node:crypto";
import http, { type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type PreviewVisit, visitPreview } from "#test/support/preview-visit";
import { residentBytes } from "#test/support/processes";
import type { System } from "#test/support/system";
import { until } from "#test/support/until";

/** What a large body left behind on its way. */
export interface Carried {
  /** By how much the relay and the runner have grown at the worst moment, in bytes. */
  readonly grown: { readonly relay: number; readonly runner: number };
  /** SHA-256 of what was sent, and of what came. */
  readonly sent: string;
  readonly came: string;
  readonly seconds: number;
}

/** A server that gives and takes bodies of any length. */
export interface LargeServer extends Disposable {
  readonly port: number;
}

const pieceBytes = 64 * 1024;
const sampleMs = 50;

/** Bytes that never repeat, and are the same each time. */
function* pattern(bytes: number): Generator<Buffer> {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  for (let left = bytes; left > 0; left -= pieceBytes) yield cipher.update(Buffer.alloc(Math.min(left, pieceBytes)));
}

async function digestOf(stream: Readable): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of stream) hash.update(piece as Buffer);
  return hash.digest("hex");
}

/** `GET /BYTES` is answered with so many, a `POST` with the SHA-256 of what it brought. */
export async function largeServer(): Promise<LargeServer> {
  const server = http.createServer(async (request, response) => {
    if (request.method === "POST") return void response.end(await digestOf(request));
    const bytes = Number(request.url?.slice(1));
    response.setHeader("Content-Length", bytes);
    await pipeline(Readable.from(pattern(bytes)), response).catch(() => undefined);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Lets the owner into the preview of a port. */
export async function visitPort({ runners, owner }: System, port: number): Promise<PreviewVisit> {
  const runnerId = (await runners[0]?.runnerId()) ?? "";
  const { id } = await owner.client.call("openPreview", { body: { runnerId, port } });
  const visit = await visitPreview(owner, id);
  await until("the tunnel is there", async () => (await visit.get("/1")).status === 200 || undefined);
  return visit;
}

/** Carries a body from the server to a browser. */
export const carryDown = (system: System, visit: PreviewVisit, bytes: number): Promise<Carried> =>
  measured(system, bytes, async () => digestOf(await visit.open(`/${bytes}`)));

/** Carries a body from a browser to the server. */
export const carryUp = (system: System, visit: PreviewVisit, bytes: number): Promise<Carried> =>
  measured(system, bytes, async () => {
    const body = Readable.from(pattern(bytes), { objectMode: false, highWaterMark: pieceBytes });
    const answer = await visit.open("/", { method: "POST" }, body.pipe(new PassThrough()));
    return textOf(answer);
  });

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of answer.setEncoding("utf8")) text += piece;
  return text;
}

async function measured({ relay, runners }: System, bytes: number, carry: () => Promise<string>): Promise<Carried> {
  const pids = { relay: relay.pid(), runner: runners[0]?.pid() ?? -1 };
  const before = { relay: residentBytes(pids.relay), runner: residentBytes(pids.runner) };
  const grown = { relay: 0, runner: 0 };
  const look = () => {
    for (const name of ["relay", "runner"] as const) {
      grown[name] = Math.max(grown[name], residentBytes(pids[name]) - before[name]);
    }
  };
  const timer = setInterval(look, sampleMs);
  const fromMs = performance.now();
  try {
    const came = await carry();
    look();
    const seconds = (performance.now() - fromMs) / 1_000;
    return { grown, sent: await digestOf(Readable.from(pattern(bytes))), came, seconds };
  } finally {
    clearInterval(timer);
  }
}
