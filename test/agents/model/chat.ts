import * as z from "zod";
import { readConversation, readWorkingDirectory } from "./conversation.ts";
import { pieces, scriptedCall, scriptedText, ToolParameters, textBeforeCall } from "./script.ts";
import type { Dialect } from "./wire.ts";

/** POST /v1/chat/completions, https://platform.openai.com/docs/api-reference/chat */

const Content = z
  .union([z.string().transform((text) => [{ text }]), z.array(z.looseObject({ text: z.string().optional() }))])
  .nullish()
  .transform((parts) => (parts ?? []).map((part) => part.text ?? ""));
const Request = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(false),
  messages: z.array(z.looseObject({ role: z.string(), content: Content })),
  tools: z
    .array(z.looseObject({ function: z.looseObject({ name: z.string(), parameters: ToolParameters }) }))
    .default([]),
  response_format: z.looseObject({ json_schema: z.looseObject({ schema: z.unknown() }).optional() }).optional(),
});

export const chat: Dialect = {
  name: "chat",
  refusal: { error: { message: "scripted error", type: "invalid_request_error", code: null } },

  read(body) {
    const request = Request.parse(body);
    return {
      model: request.model,
      stream: request.stream,
      ...readConversation(
        request.messages.map(({ role, content }) => ({
          texts: content,
          hasToolResult: role === "tool",
          isUser: role === "user",
        })),
      ),
      tools: request.tools.map((tool) => ({
        name: tool.function.name,
        parameters: tool.function.parameters,
        custom: false,
      })),
      cwd: readWorkingDirectory(request.messages.flatMap((message) => message.content)),
      answerSchema: request.response_format?.json_schema?.schema,
    };
  },

  async answer(turn, reply) {
    const call = scriptedCall(turn, reply.preference);
    const text = call ? textBeforeCall(turn) : scriptedText(turn);
    const json = call && "arguments" in call ? JSON.stringify(call.arguments) : "{}";
    const reason = call ? "tool_calls" : "stop";
    const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
    const base = { id: reply.id("chatcmpl-"), created: 0, model: turn.model };
    const toolCall = call && {
      id: reply.id("call_"),
      type: "function",
      function: { name: call.name, arguments: json },
    };
    if (!turn.stream) {
      const message = {
        role: "assistant",
        content: call ? null : text,
        ...(toolCall ? { tool_calls: [toolCall] } : {}),
      };
      return reply.json({
        ...base,
        object: "chat.completion",
        choices: [{ index: 0, message, finish_reason: reason }],
        usage,
      });
    }
    reply.startEvents();
    const chunk = (delta: object, finishReason: string | null = null): void =>
      reply.data({
        ...base,
        object: "chat.completion.chunk",
        choices: [{ index: 0, delta, finish_reason: finishReason }],
      });
    chunk({ role: "assistant", content: "" });
    await reply.stream(pieces(text), (content) => chunk({ content }));
    if (toolCall) {
      chunk({ tool_calls: [{ index: 0, ...toolCall, function: { name: toolCall.function.name, arguments: "" } }] });
      await reply.stream(pieces(json), (piece) =>
        chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] }),
      );
    }
    chunk({}, reason);
    reply.data({ ...base, object: "chat.completion.chunk", choices: [], usage });
    reply.data("[DONE]");
    reply.endEvents();
  },
};
