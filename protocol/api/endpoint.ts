import * as z from "zod";
import { maxPageSize } from "#protocol/caps";
import type { TokenScope } from "#protocol/documents";
import type { Role } from "#protocol/roles";

/** One row of the REST interface; `api.ts` says what its fields mean. */
export interface Endpoint {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly role: Role | "public" | "server";
  readonly scope?: z.infer<typeof TokenScope>;
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly response?: z.ZodType;
  /** A response that is no JSON: its media type. */
  readonly media?: string;
}

/** Milliseconds since the epoch. */
export const Timestamp = z.number();
/** How long something is valid, in milliseconds; at least a minute. */
export const durationMs = (max: number) => z.int().min(60_000).max(max);
export const dayMs = 24 * 60 * 60 * 1000;
/** The params of a path that names one thing. */
export const one = <S extends z.ZodType>(id: S) => z.object({ id });
/** A link to be given to somebody. */
export const Link = z.object({
  url: z.string().describe("opens once; the secret stands behind `#`, which browsers never send"),
  expiresAt: Timestamp,
});

/** The query of a list that is read page by page. */
export const cursorPage = {
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(maxPageSize).default(50),
};
