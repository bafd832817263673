import assert from "node:assert/strict";
import type { Prompt } from "#protocol/documents";
import { newId } from "#protocol/ids";
import { maxListBytes } from "#relay/caps";
import { pageOfOpenPrompts } from "#relay/domain/prompt-page";

const prompt = (position: number, bytes = 10) =>
  ({ id: newId("prompt"), position, body: { text: "x".repeat(bytes) } }) as unknown as Prompt;

/** Every page, as somebody reads them who follows `next`. */
function pages(open: readonly Prompt[], limit: number): Prompt[][] {
  const all: Prompt[][] = [];
  for (let cursor: string | undefined; ; ) {
    const { prompts, next } = pageOfOpenPrompts(open, { limit, cursor });
    all.push(prompts);
    if (next === undefined) return all;
    cursor = next;
  }
}

describe("a page of open prompts", () => {
  it("goes on behind the one before it, in the order of the queue", () => {
    const open = [3, 1, 5, 2, 4].map((position) => prompt(position));
    const read = pages(open, 2);
    assert.deepEqual(
      read.map((page) => page.map(({ position }) => position)),
      [[1, 2], [3, 4], [5]],
    );
    assert.deepEqual(pages([], 2), [[]]);
  });

  it("holds no more than an answer may, and one in any case", () => {
    const open = [prompt(1, maxListBytes / 2), prompt(2, maxListBytes / 2), prompt(3, 2 * maxListBytes), prompt(4)];
    assert.deepEqual(
      pages(open, 200).map((page) => page.map(({ position }) => position)),
      [[1], [2], [3], [4]],
    );
  });
});
