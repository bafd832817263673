import type { Memento } from "vscode";
import { currentPolicy, savePolicy } from "#extension/settings";
import { RunnerPolicy } from "#protocol/documents";

/** Pausing and going on as before, across windows and restarts. */
export interface PolicySwitch {
  pause(): Promise<void>;
  resume(): Promise<void>;
}

const key = "baton.policyBeforePause";

export function createPolicySwitch(memory: Memento): PolicySwitch {
  return {
    async pause() {
      // What is paused already has its way back.
      if (currentPolicy() === "paused") return;
      await memory.update(key, currentPolicy());
      await savePolicy("paused");
    },
    async resume() {
      const before = RunnerPolicy.catch("ask").parse(memory.get(key));
      await savePolicy(before === "paused" ? "ask" : before);
    },
  };
}
