import assert from "node:assert/strict";
import type { Member } from "#protocol/documents";
import { newId } from "#protocol/ids";
import { maxStatePageBytes } from "#relay/caps";
import { pageMessage, WaitingDocuments } from "#relay/sockets/document-pages";

const member = (name: string, rev = 1): Member => ({
  v: 1,
  rev,
  id: newId("member"),
  name,
  role: "viewer",
  createdAt: 1,
});

describe("relay: documents in pages", () => {
  it("are each there once, news first, in the form with the higher `rev`", () => {
    const [one, two, three] = [member("one", 5), member("two"), member("three")];
    const waiting = new WaitingDocuments();
    waiting.addState({ members: [one, two] });
    waiting.addNews({ members: [three] });
    waiting.addNews({
      members: [
        { ...one, rev: 4, name: "older" },
        { ...two, rev: 2, name: "newer" },
      ],
    });
    assert.equal(waiting.size, 3);
    const { documents } = waiting.takePage();
    assert.deepEqual(
      documents.members?.map(({ name }) => name),
      ["three", "one", "newer"],
    );
    assert.equal(waiting.size, 0);
  });

  it("hold as many as fit, by their bytes, and one that never would has a page of its own", () => {
    const large = member("ü".repeat(maxStatePageBytes));
    const half = () => member("ü".repeat(maxStatePageBytes / 5));
    const waiting = new WaitingDocuments();
    waiting.addState({ members: [half(), half(), half(), large, member("last")] });
    const counts: number[] = [];
    while (waiting.size > 0) {
      const page = waiting.takePage();
      const message = JSON.parse(pageMessage({ type: "changed" }, page)) as { members: Member[] };
      assert.deepEqual(message.members, page.documents.members);
      counts.push(message.members.length);
    }
    assert.deepEqual(counts, [2, 1, 1, 1]);
  });
});
