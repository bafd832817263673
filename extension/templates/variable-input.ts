import type { TemplateVariable } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { valuesOf } from "#runner/node/templates/variables";

/** What a variable has where nobody says otherwise; empty where somebody has to. */
export function usualValue(variable: TemplateVariable, folderName: string): string {
  try {
    return valuesOf([variable], {}, folderName).get(variable.id) ?? "";
  } catch (error) {
    if (error instanceof BatonError) return "";
    throw error;
  }
}

/** What is wrong with a value; undefined: nothing. */
export function valueProblem(variable: TemplateVariable, value: string, folderName: string): string | undefined {
  try {
    valuesOf([variable], { [variable.id]: value }, folderName);
    return undefined;
  } catch (error) {
    if (error instanceof BatonError) return error.message;
    throw error;
  }
}
