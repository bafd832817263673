import assert from "node:assert/strict";
import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { relayDataOf } from "#extension/hosting/relay-data";
import { tempFolder } from "#test/support/temp";

describe("the relay that the environment names", () => {
  it("is never one within a folder that would be connected to it", () => {
    using temp = tempFolder("relay-data");
    for (const name of ["work/.relay", "data"]) mkdirSync(temp.at(name), { recursive: true });
    symlinkSync(temp.at("work", ".relay"), temp.at("link"));
    const served = [realpathSync(temp.at("work"))];
    const of = (named?: string) => relayDataOf(named === undefined ? {} : { BATON_RELAY_DATA: named }, served);
    assert.equal(of(temp.at("data")), realpathSync(temp.at("data")));
    for (const named of [
      undefined,
      "",
      "data",
      temp.at("gone"),
      temp.at("work"),
      temp.at("work/.relay"),
      temp.at("link"),
    ]) {
      assert.equal(of(named), undefined, named);
    }
  });
});
