import { window } from "vscode";
import { usualValue, valueProblem } from "#extension/templates/variable-input";
import type { TemplateVariable } from "#protocol/documents";

/** Asks for what stands for the variables of a template. @returns undefined when the person gave up */
export async function askForVariables(
  variables: readonly TemplateVariable[],
  folderName: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const values: Record<string, string> = {};
  for (const [index, variable] of variables.entries()) {
    const typed = await window.showInputBox({
      title: `${variable.label} (${index + 1} of ${variables.length})`,
      prompt: variable.label,
      value: usualValue(variable, folderName),
      ignoreFocusOut: true,
      validateInput: (text) => valueProblem(variable, text, folderName),
    });
    if (typed === undefined) return undefined;
    values[variable.id] = typed;
  }
  return values;
}
