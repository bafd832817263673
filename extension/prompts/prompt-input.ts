import { ThemeIcon, window } from "vscode";
import { createDisposables } from "#extension/disposables";
import { pickAttachments, withAttachments } from "#extension/prompts/attachments";

interface PromptInput {
  readonly title: string;
  readonly prompt: string;
  /** Said of a text that is not enough; undefined: it is. */
  readonly missing: (text: string) => string | undefined;
}

const attach = { iconPath: new ThemeIcon("paperclip"), tooltip: "Attach from the Editor…" };

/**
 * Asks for a prompt; its button attaches what the editor shows.
 * @returns the text with its attachments, or undefined when the person gave up
 */
export async function askForPromptText({ title, prompt, missing }: PromptInput): Promise<string | undefined> {
  let written = "";
  let attached = "";
  for (;;) {
    const said = await askOnce(title, attached === "" ? prompt : `${prompt} (something is attached)`, written, missing);
    written = said.text;
    if (said.how === "accepted") return withAttachments(written, attached);
    if (said.how === "hidden") return undefined;
    // Giving the choice up leaves what was attached before.
    attached = (await pickAttachments()) ?? attached;
  }
}

interface Said {
  readonly how: "accepted" | "attach" | "hidden";
  readonly text: string;
}

function askOnce(title: string, prompt: string, text: string, missing: PromptInput["missing"]): Promise<Said> {
  const disposables = createDisposables();
  const input = disposables.add(window.createInputBox());
  Object.assign(input, { title, prompt, value: text, buttons: [attach], ignoreFocusOut: true });
  return new Promise<Said>((resolve) => {
    const end = (how: Said["how"]) => {
      resolve({ how, text: input.value });
      disposables.dispose();
    };
    disposables.add(
      input.onDidChangeValue(() => {
        input.validationMessage = "";
      }),
    );
    disposables.add(
      input.onDidAccept(() => {
        const reason = missing(input.value);
        if (reason === undefined) end("accepted");
        else input.validationMessage = reason;
      }),
    );
    disposables.add(input.onDidTriggerButton(() => end("attach")));
    disposables.add(input.onDidHide(() => end("hidden")));
    input.show();
  });
}
