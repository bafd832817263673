import * as z from "zod";

/** From least to most; each role may do what the ones before it may. */
export const roles = ["viewer", "prompter", "approver", "owner"] as const;
export const Role = z.enum(roles);
export type Role = z.infer<typeof Role>;

/** Whether `role` may do what asks for `required`. */
export const roleAllows = (role: Role, required: Role): boolean => roles.indexOf(role) >= roles.indexOf(required);
