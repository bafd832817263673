import type { RunnerReport } from "#protocol/documents";
import type { WireError } from "#protocol/errors";
import type { DeviceId, RelayId } from "#protocol/ids";
import type { ToRelay, ToRunner } from "#protocol/runner-link";
import type { LinkState } from "#runner/core/status";

/** The open link, from `welcome` until it closes. Sending on a closed one does nothing. */
export interface LinkSession {
  readonly welcome: Welcome;
  send(message: ToRelay): void;
  /** Sends a binary frame as it is; the bytes are not touched again. */
  sendFrame(bytes: Uint8Array): void;
  /** Bytes that wait in this process for the socket: a local limit, not flow control. */
  readonly bufferedBytes: number;
  /**
   * Sends a request and waits for its reply.
   * @throws BatonError the relay's refusal, or `connection_lost`: then nobody knows whether the relay has seen it
   */
  request(message: Extract<ToRelay, { id: unknown }>): Promise<unknown>;
}

export type Welcome = Extract<ToRunner, { type: "welcome" }>;
/** What comes from the relay behind `welcome`. */
export type RelayMessage = Exclude<ToRunner, { type: "challenge" | "welcome" | "reply" | "error" }>;

export interface LinkHandlers {
  /**
   * What the hello says; called once per attempt, when the relay has sent its challenge.
   * @param wanted aborts when the attempt is over, so that nothing waits for a link that is gone
   */
  hello(wanted: AbortSignal): Promise<{ report: RunnerReport; runs: Extract<ToRelay, { type: "hello" }>["runs"] }>;
  online(session: LinkSession): void;
  message(message: RelayMessage): void;
  /** A binary frame from the relay: `input`. */
  frame(bytes: Uint8Array): void;
  drained(): void;
  offline(): void;
  state(state: LinkState): void;
}

export interface LinkTarget {
  readonly url: string;
  readonly deviceId: DeviceId;
  /** The relay of the pairing. To any other one nothing is signed: it could show the proof to the real one. */
  readonly relayId: RelayId;
  /**
   * Team runs that name no relay are this one's, because the pairing is as old as they are: it was made by a version
   * whose runs did not say.
   */
  readonly ownsUnnamed?: boolean;
}

/** How one connection ended. */
export interface LinkEnd {
  readonly reason: string;
  /** From `welcome` to the end; undefined where it never came so far. */
  readonly uptimeMs?: number;
  /** What the relay, or this side, refused it with. */
  readonly error?: WireError;
}
