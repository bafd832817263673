import assert from "node:assert/strict";
import { deadline, ordinal, timeStamp } from "../../webview-ui/model/format";

describe("how the dashboard writes numbers", () => {
  it("counts the queue as people do", () => {
    const places = [2, 3, 4, 11, 12, 13, 21, 22, 33, 101, 111];
    assert.deepEqual(places.map(ordinal), [
      ...["2nd", "3rd", "4th", "11th", "12th", "13th"],
      ...["21st", "22nd", "33rd", "101st", "111th"],
    ]);
  });

  it("leaves the seconds out of when something ends", () => {
    const at = new Date(2026, 2, 3, 14, 5, 59).getTime();
    assert.match(timeStamp(at), /5:59/);
    assert.doesNotMatch(deadline(at), /59/);
  });
});
