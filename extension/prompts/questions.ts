import { type Event, EventEmitter, window, workspace } from "vscode";
import { createDisposables, type Disposable } from "#extension/disposables";
import { askInDialog, notify, say } from "#extension/notify";
import { describe, details, headline, isShortened, unseenLines } from "#extension/prompts/question-text";
import type { PromptId } from "#protocol/ids";
import { plainText } from "#protocol/plain-text";
import type { PromptAnswer, PromptQuestion } from "#runner/core/host";

/** Prompts that wait for the person at this editor. */
export interface Questions extends Disposable {
  ask(question: PromptQuestion, signal: AbortSignal): Promise<PromptAnswer>;
  open(): readonly PromptQuestion[];
  /** Asks again about a prompt whose notification was put away. */
  show(promptId: PromptId): void;
  readonly onDidChange: Event<void>;
}

interface Pending {
  readonly question: PromptQuestion;
  readonly answer: (answer: PromptAnswer) => void;
  readonly isOpen: () => boolean;
}

const run = "Run";
const showAll = "Show All…";
const edit = "Edit…";
const decline = "Decline";

export function createQuestions(fail: (error: unknown) => void): Questions {
  const disposables = createDisposables();
  const changed = disposables.add(new EventEmitter<void>());
  const pending = new Map<PromptId, Pending>();

  /** A notification that is closed without a choice leaves the question open: it stays in the view and the menu. */
  const askFor = async (one: Pending) => {
    const choices = isShortened(one.question) ? [showAll, edit, decline] : [run, edit, decline];
    const choice = await notify("info", describe(one.question), ...choices);
    if (!choice) return;
    if (!one.isOpen()) return sayWithdrawn();
    if (choice === decline) one.answer({ decision: "decline" });
    if (choice === run) one.answer({ decision: "run" });
    if (choice === showAll) {
      const decision = await askInDialog("info", headline(one.question), details(one.question), run);
      if (decision === run) one.answer({ decision: "run" });
      else if (one.isOpen()) show(one);
    }
    if (choice === edit) {
      const text = await editText(one.question.prompt.body.text);
      if (text !== undefined && (await isRestSeen(one.question))) one.answer({ decision: "run", text });
    }
  };
  const show = (one: Pending) => void askFor(one).catch(fail);

  return {
    onDidChange: changed.event,
    open: () => [...pending.values()].map(({ question }) => question),
    show(promptId) {
      const one = pending.get(promptId);
      if (one) show(one);
    },
    ask: (question, signal) =>
      new Promise((resolve, reject) => {
        const { id } = question.prompt;
        let isOpen = true;
        const finish = () => {
          isOpen = false;
          if (pending.get(id) === one) pending.delete(id);
          signal.removeEventListener("abort", withdrawn);
          changed.fire();
        };
        const withdrawn = () => {
          finish();
          reject(new Error("the prompt was withdrawn"));
        };
        const one: Pending = {
          question,
          isOpen: () => isOpen,
          answer(answer) {
            if (!isOpen) return sayWithdrawn();
            finish();
            resolve(answer);
          },
        };
        if (signal.aborted) return reject(new Error("the prompt was withdrawn"));
        signal.addEventListener("abort", withdrawn);
        pending.set(id, one);
        changed.fire();
        show(one);
      }),
    dispose: () => disposables.dispose(),
  };
}

const sayWithdrawn = () => say("the prompt was withdrawn in the meantime; nothing was started");

/** Who edits a prompt sees its text, and not yet what comes with it. */
async function isRestSeen(question: PromptQuestion): Promise<boolean> {
  const rest = unseenLines(question);
  if (rest.length === 0) return true;
  return (await askInDialog("info", headline(question), plainText(rest.join("\n")), run)) === run;
}

/** One line in an input box; more in an editor of its own. */
async function editText(text: string): Promise<string | undefined> {
  if (!text.includes("\n")) {
    const typed = await window.showInputBox({ title: "Edit the prompt", value: text, ignoreFocusOut: true });
    return typed?.trim() ? typed : undefined;
  }
  const document = await workspace.openTextDocument({ content: text, language: "markdown" });
  await window.showTextDocument(document);
  const choice = await notify("info", "Edit the prompt in the editor, then run it.", run);
  return choice === run && document.getText().trim() ? document.getText() : undefined;
}
