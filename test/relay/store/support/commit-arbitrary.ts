import fc from "fast-check";
import type { Change } from "#relay/store/store";
import { memberDocument, promptDocument, runDocument } from "#test/relay/store/support/documents";

const dayMs = 86_400_000;
const start = Date.UTC(2025, 0, 1);
const members = Array.from({ length: 4 }, (_, i) => memberDocument(`member ${i}`));
const prompts = Array.from({ length: 5 }, (_, i) => promptDocument(start + i * dayMs));
const runs = Array.from({ length: 6 }, (_, i) => runDocument(start + (i % 3) * dayMs + i));

const pick = <T>(items: readonly T[]) => fc.constantFrom(...items);

/** Changes of few documents, so that they meet one another: made, changed, removed, ended and opened again. */
export const changeArbitrary: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ member: pick(members), name: fc.string() }).map(
    ({ member, name }): Change => ({
      collection: "members",
      put: { ...member, name },
    }),
  ),
  pick(members).map((member): Change => ({ collection: "members", remove: member.id })),
  fc.record({ prompt: pick(prompts), position: fc.nat() }).map(
    ({ prompt, position }): Change => ({
      collection: "prompts",
      put: { ...prompt, position },
    }),
  ),
  pick(prompts).map((prompt): Change => ({ collection: "prompts", remove: prompt.id })),
  fc.record({ run: pick(runs), headSeq: fc.nat() }).map(
    ({ run, headSeq }): Change => ({
      collection: "runs",
      put: { ...run, headSeq },
    }),
  ),
  fc.record({ run: pick(runs), exitCode: fc.nat(255) }).map(
    ({ run, exitCode }): Change => ({
      collection: "runs",
      archive: { ...run, exitCode },
    }),
  ),
);

export const commitArbitrary = fc.array(changeArbitrary, { minLength: 1, maxLength: 4 });
