import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { longestRunMinutes } from "#runner/core/caps";

describe("the settings of the editor", () => {
  it("take no longer limit than a runner keeps", () => {
    const { contributes } = JSON.parse(readFileSync("package.json", "utf8"));
    assert.equal(contributes.configuration.properties["baton.maxRunMinutes"].maximum, longestRunMinutes);
  });
});
