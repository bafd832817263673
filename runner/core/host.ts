import type {
  AgentInfo,
  BuildWish,
  PreviewVia,
  Project,
  Prompt,
  PromptAttachment,
  RunMode,
  RunnerBody,
  RunnerPolicy,
  ServerWish,
  TerminalSize,
} from "#protocol/documents";
import type { WireError } from "#protocol/errors";
import type { PromptId, RunId, RunnerId } from "#protocol/ids";
import type { SpawnCommand } from "#protocol/keeper-link";
import type { Actor } from "#protocol/payloads";
import type { LinkProof } from "#protocol/runner-link";
import type { EvidenceSource } from "#runner/core/evidence";
import type { KeeperConnection } from "#runner/core/keeper-connection";

/**
 * Everything that the core needs from its surroundings. There is one for Node (`runner/node/host.ts`) and one for
 * VS Code (`extension/`); the core knows neither. A host serves one folder.
 */
export interface RunnerHost {
  readonly clock: Clock;
  readonly log: Log;
  /** At least 0 and below 1. */
  random(): number;
  /** The version of this product, as it stands in reports. */
  readonly version: string;
  /** Names the folder at every relay: made once per real path and kept. */
  readonly runnerId: RunnerId;
  /** The real path of the folder. */
  readonly folder: string;

  /** Opens the WebSocket to a relay. Every outcome comes as an event, and `closed` exactly once. */
  openLink(url: string, events: LinkEvents): LinkTransport;
  /** Proves the key of this device: a compact JWS, EdDSA, over the proof as JSON. */
  sign(proof: LinkProof): Promise<string>;

  /**
   * The newest keeper, started if there is none. Each call makes a connection of its own.
   * @throws BatonError `keeper_unreachable`
   */
  connectKeeper(): Promise<KeeperConnection>;
  /** Connections to older keepers that still hold runs; they are drained, nothing new starts there. */
  connectOlderKeepers(): Promise<KeeperConnection[]>;

  /** Who this runner is, for the relay's pages. */
  describe(): RunnerBody;
  /**
   * What it has and how it is: detected agents, load, free disk and what can be run in the folder. The core adds the
   * rest of the report.
   * @param isFresh looks again, however short ago the last look was
   */
  inspect(isFresh?: boolean): Promise<HostReport>;
  /** Tells when `inspect` has news, such as a version that was asked for in the background. */
  readonly onInspected?: (listener: () => void) => () => void;
  /** A run has ended, so what lies in the folder may be something else than before; absent: it need not know. */
  readonly runEnded?: () => void;

  /** What it can say of its folder before and after each run; absent: nothing. */
  readonly evidence?: EvidenceSource;

  /** How ports of this machine come to public addresses; absent: not at all. */
  readonly tunnels?: TunnelSource;

  /** What of this machine can be shown; absent: nothing. */
  readonly ports?: PortRules;

  /** The local user's rules. They outrank everything that comes from afar. */
  readonly rules: RulesSource;
  /** Whether the folder may run anything at all. */
  trusted(): boolean;
  /**
   * The real path of a prompt's folder.
   * @param folder absolute, or relative to the runner's folder; absent: that folder
   * @throws BatonError `folder_not_allowed`
   */
  checkFolder(folder: string | undefined): Promise<string>;
  /**
   * The path of a folder that a build makes: what is there of it is real.
   * @throws BatonError `folder_not_allowed`
   */
  checkNewFolder(folder: string | undefined): Promise<string>;
  /**
   * Asks the local user. Rejecting counts as no answer: the prompt stays in the queue and is offered again.
   * @param signal aborts when the prompt was withdrawn or is no longer this runner's business
   */
  ask(question: PromptQuestion, signal: AbortSignal): Promise<PromptAnswer>;
  /**
   * The command of an agent, ready to be spawned: an absolute executable, the whole environment, the arguments.
   * @throws BatonError `agent_missing`, `profile_mode_unsupported`, `profile_access_unsupported`, or
   * `command_line_not_allowed` and `template_not_allowed`, behind which the local user is asked where that has not happened
   */
  resolveCommand(request: CommandRequest): Promise<ResolvedCommand>;
}

/** Time, passed in so that tests own it. */
export interface Clock {
  /** Milliseconds since the epoch; jumps when the machine wakes from sleep. */
  now(): number;
  /** Calls back once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

export interface Log {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** One WebSocket. Sending on a closed one does nothing. */
export interface LinkTransport {
  sendText(text: string): void;
  /** The bytes are not copied, so the caller does not touch them again. */
  sendBytes(bytes: Uint8Array): void;
  /** A WebSocket ping; its pong counts as `alive`. */
  ping(): void;
  /** Bytes that were given to the socket and have not left the process. */
  readonly bufferedBytes: number;
  close(): void;
  /** Drops it at once, without a closing handshake. */
  drop(): void;
}

export interface LinkEvents {
  opened(): void;
  text(text: string): void;
  /** The bytes belong to the receiver. */
  bytes(bytes: Uint8Array): void;
  /** A pong came; text and bytes count as signs of life by themselves. */
  alive(): void;
  /** `bufferedBytes` has become smaller. */
  drained(): void;
  /** @param reason for the log: the close code, or why it could not be opened */
  closed(reason: string): void;
}

export interface HostReport {
  readonly agents: AgentInfo[];
  /** One-minute load average per core. */
  readonly load?: number;
  readonly freeDiskBytes?: number;
  /** What can be run in the folder; absent: nobody has looked yet. */
  readonly projects?: readonly Project[];
}

/** What the local user allows. */
export interface RunnerRules {
  readonly policy: RunnerPolicy;
  /** Ids of profiles; absent: all of them. */
  readonly allowedAgents?: readonly string[];
  /** Names of variables that a prompt may set. */
  readonly allowedEnvironment: readonly string[];
  /** A run that is longer ends as timed out. */
  readonly maxRunMinutes?: number;
  /** Ids of profiles that are asked about even where the policy is `auto` (a workspace may add these). */
  readonly askAgents?: readonly string[];
}

export interface RulesSource {
  current(): RunnerRules;
  /** Remembers the policy, as the host keeps its settings. */
  setPolicy(policy: RunnerPolicy): void;
  /** @returns a function that ends the subscription */
  onChange(listener: () => void): () => void;
}

/** Which ports of this machine people may be shown, and how they are. */
export interface PortRules {
  isAllowed(port: number): boolean;
  /** Asks the local user. @returns whether the port is allowed from now on */
  ask(port: number, by: Actor): Promise<boolean>;
  /**
   * Opens a tunnel to the relay, and answers what comes through it from the ports that are open at that moment.
   * Settles when the tunnel is closed, by whomever, or when the signal aborts.
   * @throws BatonError the relay's refusal, `connection_lost`
   */
  serve(tunnel: {
    readonly relayUrl: string;
    readonly ticket: string;
    readonly signal: AbortSignal;
    isOpen(port: number): boolean;
  }): Promise<void>;
}

/** Ports at public addresses, by cloudflared. */
export interface TunnelSource {
  /** As the local user has chosen it. */
  via(): PreviewVia;
  /** Whether the local user has said that ports may be shown to everybody who has the address. */
  isAgreed(): boolean;
  /**
   * Asks the local user for what is missing: that agreement, and the program.
   * @throws BatonError `preview_not_public`, `cloudflared_missing`, `cloudflared_not_installed`, `cloudflared_unusable`
   */
  prepare(port: number): Promise<void>;
  /**
   * The command of a run that keeps a port at a public address, and ends where nobody `touch`es it.
   * @throws BatonError `cloudflared_missing`, `cloudflared_unusable`
   */
  command(port: number, runId: RunId): Promise<ResolvedCommand>;
  /** Says that the tunnel of a run is still wanted. */
  touch(runId: RunId): void;
}

export interface PromptQuestion {
  readonly prompt: Prompt;
  readonly author: { readonly memberId: string; readonly name: string };
  readonly agent: AgentInfo | undefined;
  readonly folder: string;
  /**
   * `policy`: every prompt is asked about · `agent`: the folder's file has this agent asked about · `line`: the
   * command line is not one that the user's configuration allows, or opens a shell that stays · `template`: it begins
   * with a repository that the user's configuration does not name.
   */
  readonly why: "policy" | "agent" | "line" | "template";
}
/** `text` is the prompt as the local user changed it. */
export type PromptAnswer =
  | { readonly decision: "run"; readonly text?: string }
  | { readonly decision: "decline"; readonly reason?: WireError };

export interface CommandRequest {
  readonly agent: string;
  readonly mode: RunMode;
  readonly access: Prompt["access"];
  readonly text: string;
  /** A real path. */
  readonly cwd: string;
  /** Variables of the prompt, allowed already. */
  readonly env: Readonly<Record<string, string>>;
  readonly size: TerminalSize;
  /** The local user has said yes to exactly this. */
  readonly approved: boolean;
  /** It is a dev server. */
  readonly server?: ServerWish;
  /** It begins with a template, and `cwd` is where that goes. */
  readonly build?: BuildWish;
  /** Files of the prompt, written where the agent can read them, and named behind its text. */
  readonly attachments?: readonly PromptAttachment[];
  /** Names the prompt that they belong to. */
  readonly promptId?: PromptId;
  /** The agent's session that a follow-up continues. */
  readonly resume?: { readonly sessionId?: string };
}

export interface ResolvedCommand {
  readonly command: SpawnCommand;
  /** Where the work is, which is not there yet when the command starts; absent: the command's own folder. */
  readonly folder?: string;
  /** As a person would read it, without the prompt. */
  readonly shown: string;
}
