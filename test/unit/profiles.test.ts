import assert from "node:assert/strict";
import { builtInProfiles, type ProfileInput, ProfileSchema, withOwnProfiles } from "#runner/core/profiles";
import { ownProfile, ownProfiles } from "#test/support/profiles";

const onceMode = { arguments: [], access: { read: {} }, prompt: { via: "stdin" } };

describe("profiles", () => {
  it("own profiles replace and add", () => {
    const mine = ownProfile("claude", { name: "My Claude" });
    const profiles = withOwnProfiles([mine, ownProfiles.silent]);
    assert.deepEqual(
      profiles.map((profile) => profile.id),
      [...builtInProfiles.map((profile) => profile.id), "silent"],
    );
    assert.equal(profiles[0]?.name, "My Claude");
  });

  describe("what is no profile", () => {
    const wrong: readonly (readonly [field: string, change: Partial<Record<keyof ProfileInput, unknown>>])[] = [
      ["id", { id: "No Id" }],
      ["modes", { modes: {} }],
      ["modes.once.arguments.0", { modes: { once: { ...onceMode, arguments: ["{promt}"] } } }],
      ["modes.once.arguments.0", { modes: { once: { ...onceMode, arguments: ["--x={access}"] } } }],
      ["modes.once.access", { modes: { once: { ...onceMode, access: {} } } }],
      [
        "modes.once.session.printed.pattern",
        { modes: { once: { ...onceMode, session: { resume: [], printed: { pattern: "(a)(b)", pick: "first" } } } } },
      ],
      ["", { colour: "red" } as object],
    ];
    for (const [field, change] of wrong) {
      it(JSON.stringify(change), () => {
        const input = { id: "mine", name: "Mine", command: "mine", modes: { once: onceMode }, ...change };
        const issues = ProfileSchema.safeParse(input).error?.issues ?? [];
        assert.equal(issues[0]?.path.join("."), field);
      });
    }
  });
});
