import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { anthropic } from "./model/anthropic.ts";
import { chat } from "./model/chat.ts";
import { gemini, geminiPath } from "./model/gemini.ts";
import { responses } from "./model/responses.ts";
import { isError, type StoryStep, type ToolPreference, type Turn } from "./model/script.ts";
import { type Dialect, Reply, readJson, sendJson } from "./model/wire.ts";

/**
 * A deterministic model on loopback that speaks the Anthropic, OpenAI Responses, OpenAI chat and Gemini dialects, so
 * that the real agent CLIs work offline. What it answers stands in `model/script.ts`.
 */

export interface ScriptedModelOptions {
  /** 0 for a free one. */
  readonly port?: number;
  /** Milliseconds between two pieces of a streamed answer. */
  readonly delayMs?: number;
  readonly tool?: ToolPreference;
  /** What it says and does for a prompt that begins so, one step after each tool result; the last one is repeated. */
  readonly stories?: Readonly<Record<string, readonly StoryStep[]>>;
}

/** One request for an answer. */
export interface ScriptedRequest extends Turn {
  readonly dialect: string;
  /** The client went away before the answer was complete. */
  aborted: boolean;
}

export interface ScriptedModel {
  /** Without a trailing slash. */
  readonly url: string;
  /** Every request for an answer so far, oldest first. */
  requests(): readonly ScriptedRequest[];
  close(): Promise<void>;
}

/** Starts the server on 127.0.0.1. @throws the error of `listen`, such as EADDRINUSE. */
export async function startScriptedModel(options: ScriptedModelOptions = {}): Promise<ScriptedModel> {
  const { port = 0, delayMs = 2, tool = "shell", stories = {} } = options;
  const requests: ScriptedRequest[] = [];
  let number = 0;
  const nextNumber = (): number => ++number;

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else
        sendJson(response, 400, {
          error: { message: `scripted model: ${String(error)}`, type: "invalid_request_error" },
        });
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://localhost").pathname.replace(/\/+$/, "");
    const dialect = request.method === "POST" ? dialectOf(path) : undefined;
    if (!dialect) return answerAside(request, response, path);
    const turn = inStory(dialect.read(await readJson(request), path), stories);
    const entry: ScriptedRequest = { ...turn, dialect: dialect.name, aborted: false };
    requests.push(entry);
    response.on("close", () => {
      entry.aborted = !response.writableFinished;
    });
    if (isError(turn)) return sendJson(response, 400, dialect.refusal);
    await dialect.answer(turn, new Reply(response, { preference: tool, delayMs, nextNumber }));
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** The calls that CLIs make beside the conversation have no tools, and no part in a story. */
function inStory(turn: Turn, stories: Readonly<Record<string, readonly StoryStep[]>>): Turn {
  const story = Object.entries(stories).find(([start]) => turn.prompt.startsWith(start))?.[1];
  const step = story?.[Math.min(turn.toolResults, story.length - 1)];
  return step && turn.tools.length > 0 ? { ...turn, step } : turn;
}

const dialectByEnding: readonly (readonly [ending: RegExp, dialect: Dialect])[] = [
  [/\/messages$/, anthropic],
  [/\/responses$/, responses],
  [/\/chat\/completions$/, chat],
  [geminiPath, gemini],
];

const dialectOf = (path: string): Dialect | undefined => dialectByEnding.find(([ending]) => ending.test(path))?.[1];

/** Token counts, model lists and reachability checks, which CLIs make beside their requests for answers. */
async function answerAside(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  await readJson(request);
  if (path === "") return sendJson(response, 200, { ok: true });
  if (path.endsWith("/count_tokens")) return sendJson(response, 200, { input_tokens: 11 });
  if (path.endsWith(":countTokens")) return sendJson(response, 200, { totalTokens: 11 });
  if (path.endsWith("/models")) {
    const model = {
      id: "fake-model",
      object: "model",
      type: "model",
      display_name: "Fake",
      created_at: "2026-01-01T00:00:00Z",
      owned_by: "fake",
    };
    return sendJson(response, 200, { object: "list", data: [model], has_more: false, models: [] });
  }
  sendJson(response, 404, {
    error: { message: `scripted model: no ${request.method} ${path}`, type: "not_found_error" },
  });
}
