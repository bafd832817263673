import * as z from "zod";
import { readConversation, readWorkingDirectory } from "./conversation.ts";
import { pieces, scriptedCall, scriptedText, ToolParameters, textBeforeCall } from "./script.ts";
import type { Dialect, Reply } from "./wire.ts";

/** POST /v1/messages, https://docs.anthropic.com/en/api/messages */

const Part = z.looseObject({ type: z.string(), text: z.string().optional() });
const Content = z.union([z.string().transform((text) => [{ type: "text", text }]), z.array(Part)]);
const Format = z.looseObject({ schema: z.unknown() });
const Request = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(false),
  system: Content.default([]),
  messages: z.array(z.looseObject({ role: z.string(), content: Content })),
  tools: z.array(z.looseObject({ name: z.string(), input_schema: ToolParameters })).default([]),
  output_config: z.looseObject({ format: Format.optional() }).optional(),
  output_format: Format.optional(),
});

const textsOf = (parts: z.infer<typeof Content>): string[] => parts.map((part) => part.text ?? "");

export const anthropic: Dialect = {
  name: "anthropic",
  refusal: { type: "error", error: { type: "invalid_request_error", message: "scripted error" } },

  read(body) {
    const request = Request.parse(body);
    return {
      model: request.model,
      stream: request.stream,
      ...readConversation(
        request.messages.map(({ role, content }) => ({
          texts: content.filter((part) => part.type === "text").map((part) => part.text ?? ""),
          hasToolResult: content.some((part) => part.type === "tool_result"),
          isUser: role === "user",
        })),
      ),
      tools: request.tools.map((tool) => ({ name: tool.name, parameters: tool.input_schema, custom: false })),
      cwd: readWorkingDirectory([
        ...textsOf(request.system),
        ...request.messages.slice(0, 1).flatMap((message) => textsOf(message.content)),
      ]),
      answerSchema: request.output_config?.format?.schema ?? request.output_format?.schema,
    };
  },

  async answer(turn, reply) {
    const call = scriptedCall(turn, reply.preference);
    const input = call && "arguments" in call ? call.arguments : {};
    const stopReason = call ? "tool_use" : "end_turn";
    const usage = { input_tokens: 11, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
    const message = {
      id: reply.id("msg_"),
      type: "message",
      role: "assistant",
      model: turn.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    };
    if (!turn.stream) {
      const content = call
        ? { type: "tool_use", id: reply.id("toolu_"), name: call.name, input }
        : { type: "text", text: scriptedText(turn) };
      return reply.json({ ...message, stop_reason: stopReason, content: [content] });
    }
    reply.startEvents();
    reply.event("message_start", { message });
    await block(reply, 0, { type: "text", text: "" }, call ? textBeforeCall(turn) : scriptedText(turn), (text) => ({
      type: "text_delta",
      text,
    }));
    if (call) {
      const start = { type: "tool_use", id: reply.id("toolu_"), name: call.name, input: {} };
      await block(reply, 1, start, JSON.stringify(input), (json) => ({ type: "input_json_delta", partial_json: json }));
    }
    reply.event("message_delta", {
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { output_tokens: 7 },
    });
    reply.event("message_stop", {});
    reply.endEvents();
  },
};

async function block(
  reply: Reply,
  index: number,
  start: object,
  text: string,
  delta: (piece: string) => object,
): Promise<void> {
  reply.event("content_block_start", { index, content_block: start });
  await reply.stream(pieces(text), (piece) => reply.event("content_block_delta", { index, delta: delta(piece) }));
  reply.event("content_block_stop", { index });
}
