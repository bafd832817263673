import { BatonError } from "#protocol/errors";
import { idempotencyDetails } from "#relay/domain/idempotency";
import { pageOfEndedPrompts, pageOfOpenPrompts } from "#relay/domain/prompt-page";
import type { Handlers } from "#relay/http/call";

type Names =
  | "queuePrompt"
  | "listPrompts"
  | "readPrompt"
  | "changePrompt"
  | "cancelPrompt"
  | "restartPrompt"
  | "forgetPrompt";

const maxKeyLength = 200;

export const promptHandlers: Pick<Handlers, Names> = {
  async queuePrompt(call, { body }) {
    const key = call.request.get("idempotency-key");
    if (key !== undefined && (key === "" || key.length > maxKeyLength)) {
      throw new BatonError("request_invalid", { field: "Idempotency-Key", reason: `1 to ${maxKeyLength} characters` });
    }
    const { prompt, contentHash } = await call.domain.queue.add(call.member, body, key);
    call.audit.target = prompt.id;
    if (key !== undefined) call.audit.details = idempotencyDetails(key, contentHash);
    return prompt;
  },
  listPrompts: ({ domain }, { query }) =>
    query.state === "open"
      ? pageOfOpenPrompts(domain.queue.open(), query)
      : pageOfEndedPrompts(domain.context.store.archive, { ...query, state: query.state }),
  readPrompt: ({ domain }, { params }) => domain.queue.read(params.id),
  changePrompt: ({ domain, member }, { params, body }) => domain.queue.change(member, params.id, body),
  cancelPrompt: ({ domain, member }, { params }) => domain.queue.cancel(member, params.id),
  restartPrompt: ({ domain, member }, { params }) => domain.queue.restart(member, params.id),
  forgetPrompt: ({ domain, member }, { params }) => domain.queue.forget(member, params.id),
};
