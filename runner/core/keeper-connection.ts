import type * as z from "zod";
import type { FromKeeper, keeperResults, ToKeeper } from "#protocol/keeper-link";

/** What the keeper answers: requests carry an `id`. */
export type KeeperRequest = Extract<ToKeeper, { id: unknown }>;
export type KeeperRequestName = Exclude<KeeperRequest["type"], "hello">;
export type KeeperRequestFields<N extends KeeperRequestName> = Omit<Extract<KeeperRequest, { type: N }>, "type" | "id">;
export type KeeperResult<N extends KeeperRequestName> = N extends keyof typeof keeperResults
  ? z.infer<(typeof keeperResults)[N]>
  : undefined;

/** What is sent without an answer. */
export type KeeperNotice = Exclude<ToKeeper, { id: unknown }>;
/** What the keeper tells by itself. */
export type KeeperEvent = Exclude<FromKeeper, { type: "reply" }>;

/** An open connection to one keeper, behind its hello. */
export interface KeeperConnection {
  /** Names the keeper's logs; it goes into the header of each run that is started there. */
  readonly storeId: string;
  readonly keeperVersion: string;
  readonly pid: number;
  /** What it understands beyond the first version. */
  readonly features: readonly string[];
  /**
   * @throws BatonError what the keeper refused it with, `connection_lost` when the connection closes before the
   * answer, or `timeout`
   */
  request<N extends KeeperRequestName>(type: N, fields: KeeperRequestFields<N>): Promise<KeeperResult<N>>;
  notify(notice: KeeperNotice): void;
  /** Sends a binary frame (`input`) as it is. */
  sendFrame(bytes: Uint8Array): void;
  /** Called for everything from then on; at most one listener. What came before is not repeated. */
  listen(listener: KeeperListener): void;
  close(): void;
}

export interface KeeperListener {
  event(event: KeeperEvent): void;
  /** A binary frame (`records` or `snapshot`); the bytes belong to the receiver. */
  frame(bytes: Uint8Array): void;
  /** Once, also after `close()`. */
  closed(): void;
}
