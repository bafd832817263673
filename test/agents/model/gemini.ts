import * as z from "zod";
import { readConversation, readWorkingDirectory } from "./conversation.ts";
import { pieces, scriptedCall, scriptedText, ToolParameters, textBeforeCall } from "./script.ts";
import type { Dialect } from "./wire.ts";

/** POST /v1beta/models/MODEL:generateContent and :streamGenerateContent, https://ai.google.dev/api/generate-content */

const Part = z.looseObject({ text: z.string().optional(), functionResponse: z.unknown().optional() });
const Content = z.looseObject({ role: z.string().default("user"), parts: z.array(Part).default([]) });
const FunctionDeclaration = z.looseObject({
  name: z.string(),
  parameters: ToolParameters,
  parametersJsonSchema: ToolParameters,
});
const Request = z.looseObject({
  contents: z.array(Content).default([]),
  systemInstruction: Content.optional(),
  tools: z.array(z.looseObject({ functionDeclarations: z.array(FunctionDeclaration).default([]) })).default([]),
  generationConfig: z
    .looseObject({ responseJsonSchema: z.unknown().optional(), responseSchema: z.unknown().optional() })
    .optional(),
});

export const geminiPath = /\/models\/([^/:]+):(generateContent|streamGenerateContent)$/;

export const gemini: Dialect = {
  name: "gemini",
  refusal: { error: { code: 400, message: "scripted error", status: "INVALID_ARGUMENT" } },

  read(body, path) {
    const request = Request.parse(body);
    const [, model = "", method] = geminiPath.exec(path) ?? [];
    return {
      model,
      stream: method === "streamGenerateContent",
      ...readConversation(
        request.contents.map(({ role, parts }) => ({
          texts: parts.map((part) => part.text ?? ""),
          hasToolResult: parts.some((part) => part.functionResponse !== undefined),
          isUser: role === "user",
        })),
      ),
      tools: request.tools
        .flatMap((tool) => tool.functionDeclarations)
        .map((declared) => ({
          name: declared.name,
          parameters: declared.parametersJsonSchema ?? declared.parameters,
          custom: false,
        })),
      cwd: readWorkingDirectory(
        [request.systemInstruction, request.contents[0]].flatMap(
          (content) => content?.parts.map((part) => part.text ?? "") ?? [],
        ),
      ),
      answerSchema: request.generationConfig?.responseJsonSchema ?? request.generationConfig?.responseSchema,
    };
  },

  async answer(turn, reply) {
    const call = scriptedCall(turn, reply.preference);
    const callPart = call && {
      functionCall: { id: reply.id("fc"), name: call.name, args: "arguments" in call ? call.arguments : {} },
    };
    const usageMetadata = { promptTokenCount: 11, candidatesTokenCount: 7, totalTokenCount: 18 };
    const responseId = reply.id("g");
    const chunk = (part: object, isLast: boolean): object => ({
      responseId,
      modelVersion: turn.model,
      candidates: [
        { index: 0, content: { role: "model", parts: [part] }, ...(isLast ? { finishReason: "STOP" } : {}) },
      ],
      usageMetadata,
    });
    if (!turn.stream) return reply.json(chunk(callPart ?? { text: scriptedText(turn) }, true));
    reply.startEvents();
    const texts = pieces(callPart ? textBeforeCall(turn) : scriptedText(turn));
    const parts = [...texts.map((text) => ({ text })), ...(callPart ? [callPart] : [])];
    await reply.stream([...parts.entries()], ([index, part]) => reply.data(chunk(part, index === parts.length - 1)));
    reply.endEvents();
  },
};
