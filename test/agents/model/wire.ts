import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { ToolPreference, Turn } from "./script.ts";

/** How one API speaks: how a request reads, and how an answer and a refusal are written. */
export interface Dialect {
  readonly name: string;
  /** @throws {z.ZodError} for a body that is not of this dialect. */
  readonly read: (body: unknown, path: string) => Turn;
  readonly refusal: unknown;
  readonly answer: (turn: Turn, reply: Reply) => Promise<void>;
}

/** One answer under way. */
export class Reply {
  readonly preference: ToolPreference;
  readonly #response: ServerResponse;
  readonly #delayMs: number;
  readonly #nextNumber: () => number;

  constructor(
    response: ServerResponse,
    options: { preference: ToolPreference; delayMs: number; nextNumber: () => number },
  ) {
    this.#response = response;
    this.preference = options.preference;
    this.#delayMs = options.delayMs;
    this.#nextNumber = options.nextNumber;
  }

  /** An id that no other answer of this server has. */
  id(prefix: string): string {
    return `${prefix}${String(this.#nextNumber()).padStart(8, "0")}`;
  }

  json(body: unknown): void {
    sendJson(this.#response, 200, body);
  }

  startEvents(): void {
    this.#response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  }

  /** A server-sent event whose data names its type again, as Anthropic and Responses do. */
  event(type: string, data: Record<string, unknown>): void {
    if (!this.#response.destroyed)
      this.#response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  }

  data(data: unknown): void {
    if (this.#response.destroyed) return;
    this.#response.write(`data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`);
  }

  endEvents(): void {
    this.#response.end();
  }

  /** Sends pieces at the pace of the server, and stops when the client has gone away. */
  async stream<T>(items: readonly T[], send: (item: T) => void): Promise<void> {
    for (const item of items) {
      if (this.#response.destroyed) return;
      if (this.#delayMs > 0) await delay(this.#delayMs);
      send(item);
    }
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** The body as JSON; undefined when there is none. @throws {SyntaxError} for anything else. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? undefined : JSON.parse(text);
}
