import type { ShareAudience } from "#protocol/documents";
import { type Role, roles } from "#protocol/roles";

const membersBy: Record<Role, string> = {
  viewer: "Members of the team",
  prompter: "Members who may prompt",
  approver: "Members who may approve",
  owner: "Owners of the team",
};

export const audienceText = (audience: ShareAudience): string =>
  audience === "public" ? "Anyone with the link" : membersBy[audience.role];

/** What a list of choices needs: `public`, or the role. */
export const audiences: readonly { readonly value: string; readonly audience: ShareAudience }[] = [
  { value: "public", audience: "public" },
  ...roles.map((role) => ({ value: role, audience: { role } })),
];

/** The same by its value; members of the team where there is no such choice. */
export const audienceOf = (value: string): ShareAudience =>
  audiences.find((one) => one.value === value)?.audience ?? { role: "viewer" };

const minuteMs = 60_000;
export const shareLifetimes = [
  { ms: 15 * minuteMs, text: "15 minutes" },
  { ms: 60 * minuteMs, text: "1 hour" },
  { ms: 24 * 60 * minuteMs, text: "1 day" },
  { ms: 7 * 24 * 60 * minuteMs, text: "7 days" },
] as const;
