import { TemplateManifest } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { describeIssue } from "#protocol/json";
import { maxTemplateManifestBytes } from "#runner/node/caps";

export const manifestName = "template.json";

/** @throws BatonError `template_invalid`, which names the field that is wrong */
export function readManifest(bytes: Uint8Array): TemplateManifest {
  if (bytes.length > maxTemplateManifestBytes) {
    throw new BatonError("template_invalid", { reason: `it has more than ${maxTemplateManifestBytes} bytes` });
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new BatonError("template_invalid", { reason: "it is no JSON" });
  }
  const result = TemplateManifest.safeParse(value);
  if (!result.success) throw new BatonError("template_invalid", { reason: describeIssue(result.error) });
  return result.data;
}
