import assert from "node:assert/strict";
import { ordinal } from "../../webview-ui/model/format";

describe("how the dashboard writes numbers", () => {
  it("counts the queue as people do", () => {
    const places = [2, 3, 4, 11, 12, 13, 21, 22, 33, 101, 111];
    assert.deepEqual(places.map(ordinal), [
      ...["2nd", "3rd", "4th", "11th", "12th", "13th"],
      ...["21st", "22nd", "33rd", "101st", "111th"],
    ]);
  });
});
