import assert from "node:assert/strict";
import type { Member, Runner } from "#protocol/documents";
import { newId } from "#protocol/ids";
import { roles } from "#protocol/roles";
import { mayTypeInto } from "../../webview-ui/model/allowed";

describe("who is offered the keyboard", () => {
  const me = (role: Member["role"]) => ({ id: newId("member"), role, name: "Ana" }) as Member;
  const runner = (memberId: Runner["memberId"], promptedBy: Runner["promptedBy"]) =>
    ({ memberId, promptedBy }) as Runner;

  it("is who has the role, where the runner is for the team", () => {
    const may = roles.filter((role) => mayTypeInto(me(role), runner(newId("member"), "team")));
    assert.deepEqual(may, ["approver", "owner"]);
  });

  it("is nobody whom the runner's own member did not name", () => {
    const ana = me("owner");
    assert.equal(mayTypeInto(ana, runner(newId("member"), [])), false);
    assert.equal(mayTypeInto(ana, runner(newId("member"), [ana.id])), true);
    assert.equal(mayTypeInto(ana, runner(ana.id, [])), true);
    assert.equal(mayTypeInto(undefined, runner(newId("member"), "team")), false);
  });
});
