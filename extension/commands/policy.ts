import type { QuickPickItem } from "vscode";
import { givenPromptId } from "#extension/commands/given";
import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import { pick } from "#extension/pick";
import type { PolicySwitch } from "#extension/prompts/policy-switch";
import { describe } from "#extension/prompts/question-text";
import type { Questions } from "#extension/prompts/questions";
import { savePolicy } from "#extension/settings";
import type { RunnerPolicy } from "#protocol/documents";

/** Whether prompts run here, and the answers to those that ask. */
export function policyCommands(policy: PolicySwitch, questions: Questions) {
  return {
    [commandIds.choosePolicy]: async () => {
      const chosen = await pick("When a prompt comes from the relay", policies, ({ label, detail }) => ({
        label,
        detail,
      }));
      if (chosen) await savePolicy(chosen.policy);
    },
    [commandIds.pause]: () => policy.pause(),
    [commandIds.resume]: () => policy.resume(),
    [commandIds.answer]: async (given: unknown) => {
      const promptId = givenPromptId(given);
      const open = questions.open().filter(({ prompt }) => promptId === undefined || prompt.id === promptId);
      const question = await pick("Answer which prompt?", open, (one) => ({ label: describe(one) }));
      if (question) questions.show(question.prompt.id);
    },
  } satisfies CommandRows;
}

const policies: readonly (QuickPickItem & { readonly policy: RunnerPolicy; readonly detail: string })[] = [
  { label: "Ask me", policy: "ask", detail: "Each prompt waits for your answer in this editor." },
  { label: "Run at once", policy: "auto", detail: "Whoever may prompt this runner has agents work here, as you." },
  { label: "Pause", policy: "paused", detail: "Prompts wait in the queue; running work goes on." },
];
