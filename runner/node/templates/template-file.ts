import { BatonError } from "#protocol/errors";

/** One file of a template, in memory: it is looked at as a whole before anything is written. */
export interface TemplateFile {
  /** Below the template's root, with `/`. */
  readonly path: string;
  readonly kind: "file" | "executable" | "link";
  /** A link's are where it leads to. */
  readonly bytes: Buffer;
}

/** @param unseen the path as the template has it; it is shown, so that what cannot be seen in it is made visible */
export function pathRefused(unseen: string, reason: string): BatonError {
  const path = unseen.replace(/\p{C}/gu, "�");
  return new BatonError("template_path_refused", { path, reason });
}

/** @throws BatonError `template_cancelled` */
export function checkCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new BatonError("template_cancelled", {}, { cause: signal.reason });
}
