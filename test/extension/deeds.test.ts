import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { contextKeys } from "#extension/commands/ids";

describe("the steps of the walkthrough", () => {
  it("wait for what was done in any window, and for nothing that a window of later cannot know", () => {
    const { contributes } = JSON.parse(readFileSync("package.json", "utf8")) as {
      contributes: { walkthroughs: { steps: { completionEvents: string[] }[] }[] };
    };
    const events = contributes.walkthroughs.flatMap(({ steps }) => steps.flatMap((step) => step.completionEvents));
    const { didRun, didConnect, didChoosePolicy, didWatch } = contextKeys;
    assert.deepEqual(
      events,
      [didRun, didConnect, didChoosePolicy, didWatch].flatMap((key) => [
        `onContext:${key} == a`,
        `onContext:${key} == b`,
      ]),
    );
  });
});
