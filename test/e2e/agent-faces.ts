import type { TestedAgent } from "#test/agents/environment";

/** What a person sees and types in the TUI of an agent, and how its one-shot command behaves. */
export interface AgentFace {
  /** As the composer calls it. */
  readonly name: string;
  /** The TUI takes a prompt now. */
  readonly ready: RegExp;
  /** Its own command to leave the TUI. */
  readonly leave: string;
  /** The one-shot command shows the answer while it streams; the others show it whole, at its end. */
  readonly streams: boolean;
}

export const agentFaces: Record<TestedAgent, AgentFace> = {
  claude: { name: "Claude Code", ready: /accept edits on|\? for shortcuts/, leave: "/exit", streams: true },
  codex: { name: "Codex", ready: /›/, leave: "/quit", streams: false },
  gemini: { name: "Gemini CLI", ready: /Type your message/, leave: "/quit", streams: true },
  opencode: { name: "opencode", ready: /ctrl\+p commands|tab agents/, leave: "/exit", streams: false },
};
