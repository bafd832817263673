import type { Handlers } from "#relay/http/call";
import { editorSignInHandlers } from "#relay/http/handlers/editor-sign-ins";
import { memberHandlers } from "#relay/http/handlers/members";
import { pairingHandlers } from "#relay/http/handlers/pairing";
import { previewHandlers } from "#relay/http/handlers/previews";
import { promptHandlers } from "#relay/http/handlers/prompts";
import { relayHandlers } from "#relay/http/handlers/relay";
import { runnerHandlers } from "#relay/http/handlers/runners";
import { runHandlers } from "#relay/http/handlers/runs";
import { sessionHandlers } from "#relay/http/handlers/session";
import { shareHandlers } from "#relay/http/handlers/shares";
import { templateHandlers } from "#relay/http/handlers/templates";
import { tokenHandlers } from "#relay/http/handlers/tokens";

export const handlers: Handlers = {
  ...sessionHandlers,
  ...memberHandlers,
  ...tokenHandlers,
  ...pairingHandlers,
  ...editorSignInHandlers,
  ...runnerHandlers,
  ...promptHandlers,
  ...runHandlers,
  ...previewHandlers,
  ...shareHandlers,
  ...templateHandlers,
  ...relayHandlers,
};
