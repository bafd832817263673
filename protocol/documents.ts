/**
 * What the relay stores and shows. A document is a routing header, which the relay reads, and a `body`, which it only
 * keeps and passes on, so that bodies can be sealed end to end later. `v` is the version of the document's form,
 * `rev` grows with every change. Unknown fields survive (`looseObject`).
 */
export { PromptAttachment } from "#protocol/documents/attachment";
export {
  Access,
  AgentId,
  Environment,
  EnvironmentName,
  Label,
  PromptText,
  RunMode,
  TerminalSize,
  Visibility,
} from "#protocol/documents/fields";
export * from "#protocol/documents/people";
export * from "#protocol/documents/preview";
export * from "#protocol/documents/progress";
export * from "#protocol/documents/project";
export * from "#protocol/documents/prompt";
export * from "#protocol/documents/run";
export * from "#protocol/documents/runner";
export * from "#protocol/documents/server";
export * from "#protocol/documents/share";
export * from "#protocol/documents/template";
export { Name } from "#protocol/shown-text";
