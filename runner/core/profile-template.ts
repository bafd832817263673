import type { placeholders } from "#runner/core/profile-schema";

/** What the placeholders of a profile's texts stand for, and the lists that stand for whole rows of arguments. */
export type Values = Readonly<Record<(typeof placeholders)[number], string>>;
export type Lists = Readonly<Record<string, readonly string[]>>;

export function expanded(templates: readonly string[], lists: Lists, values: Values): string[] {
  return templates.flatMap((template) => {
    const list = lists[/^\{([A-Za-z]+)\}$/.exec(template)?.[1] ?? ""] ?? [template];
    return list.map((text) => filled(text, values));
  });
}

/** Fills in one pass, so that a prompt which itself looks like a placeholder stays as it is. */
export const filled = (template: string, values: Values): string =>
  template.replace(
    /\{(prompt|sessionId|cwd|node|files|attached)\}/g,
    (whole, name: keyof Values) => values[name] ?? whole,
  );

export const mapValues = (
  record: Readonly<Record<string, string>>,
  map: (text: string) => string,
): Record<string, string> => Object.fromEntries(Object.entries(record).map(([key, text]) => [key, map(text)]));
