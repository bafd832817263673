import * as z from "zod";
import { readConversation, readWorkingDirectory } from "./conversation.ts";
import {
  type OfferedTool,
  pieces,
  scriptedCall,
  scriptedText,
  type ToolCall,
  ToolParameters,
  textBeforeCall,
} from "./script.ts";
import type { Dialect, Reply } from "./wire.ts";

/** POST /v1/responses, https://platform.openai.com/docs/api-reference/responses */

const Content = z
  .union([z.string().transform((text) => [{ text }]), z.array(z.looseObject({ text: z.string().optional() }))])
  .nullish()
  .transform((parts) => (parts ?? []).map((part) => part.text ?? ""));
const Item = z.looseObject({ type: z.string().default("message"), role: z.string().optional(), content: Content });
const Tool = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  parameters: ToolParameters,
  tools: z.unknown().optional(),
});
const Request = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(false),
  input: z.union([z.string().transform((text) => [{ type: "message", role: "user", content: [text] }]), z.array(Item)]),
  tools: z.array(Tool).default([]),
  text: z.looseObject({ format: z.looseObject({ schema: z.unknown() }).optional() }).nullish(),
});

export const responses: Dialect = {
  name: "responses",
  refusal: { error: { message: "scripted error", type: "invalid_request_error", code: null } },

  read(body) {
    const request = Request.parse(body);
    return {
      model: request.model,
      stream: request.stream,
      ...readConversation(
        request.input.map((item) => ({
          texts: item.content,
          hasToolResult: item.type.endsWith("_call_output"),
          isUser: item.type === "message" && item.role === "user",
        })),
      ),
      tools: request.tools.flatMap(flattened),
      cwd: readWorkingDirectory(request.input.flatMap((item) => item.content)),
      answerSchema: request.text?.format?.schema,
    };
  },

  async answer(turn, reply) {
    const call = scriptedCall(turn, reply.preference);
    const usage = {
      input_tokens: 11,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 18,
    };
    const base = {
      id: reply.id("resp_"),
      object: "response",
      created_at: 0,
      status: "in_progress",
      model: turn.model,
      output: [],
    };
    const outputs = [
      messageOutput(reply, call ? textBeforeCall(turn) : scriptedText(turn)),
      ...(call ? [callOutput(reply, call)] : []),
    ];
    const completed = { ...base, status: "completed", output: outputs.map((output) => output.item), usage };
    if (!turn.stream) return reply.json(completed);
    let number = 0;
    const event = (type: string, data: Record<string, unknown>): void =>
      reply.event(type, { sequence_number: number++, ...data });
    reply.startEvents();
    event("response.created", { response: base });
    event("response.in_progress", { response: base });
    for (const [index, output] of outputs.entries()) {
      const place = { item_id: output.item.id, output_index: index, content_index: 0 };
      event("response.output_item.added", { output_index: index, item: output.started });
      if (output.part) event("response.content_part.added", { ...place, part: { ...output.part, text: "" } });
      await reply.stream(pieces(output.text), (delta) => event(`${output.event}.delta`, { ...place, delta }));
      event(`${output.event}.done`, { ...place, [output.field]: output.text });
      if (output.part) event("response.content_part.done", { ...place, part: output.part });
      event("response.output_item.done", { output_index: index, item: output.item });
    }
    event("response.completed", { response: completed });
    reply.endEvents();
  },
};

/** One item of the output: what it is at first and at last, and the text that is streamed into its field. */
interface Output {
  readonly item: { readonly id: string };
  readonly started: object;
  readonly part?: object;
  readonly event: string;
  readonly field: string;
  readonly text: string;
}

function messageOutput(reply: Reply, text: string): Output {
  const item = { type: "message", id: reply.id("msg_"), role: "assistant" };
  const part = { type: "output_text", text, annotations: [] };
  return {
    item: { ...item, ...{ status: "completed", content: [part] } },
    started: { ...item, status: "in_progress", content: [] },
    part,
    event: "response.output_text",
    field: "text",
    text,
  };
}

function callOutput(reply: Reply, call: ToolCall): Output {
  const isCustom = "input" in call;
  const field = isCustom ? "input" : "arguments";
  const text = isCustom ? call.input : JSON.stringify(call.arguments);
  const type = isCustom ? "custom_tool_call" : "function_call";
  const item = { type, id: reply.id(isCustom ? "ctc_" : "fc_"), call_id: reply.id("call_"), name: call.name };
  return {
    item: { ...item, ...{ status: "completed", [field]: text } },
    started: { ...item, status: "in_progress", [field]: "" },
    event: isCustom ? "response.custom_tool_call_input" : "response.function_call_arguments",
    field,
    text,
  };
}

function flattened(tool: z.infer<typeof Tool>): OfferedTool[] {
  if (tool.type === "namespace")
    return z
      .array(Tool)
      .parse(tool.tools ?? [])
      .flatMap(flattened);
  return [{ name: tool.name ?? tool.type, parameters: tool.parameters, custom: tool.type === "custom" }];
}
