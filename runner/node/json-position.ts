/**
 * The line of a value in a JSON text, from 1, so that an error can name it. The text must be valid JSON.
 * @param path keys and indices from the top
 * @returns the line of the value, or of the nearest one above it that is there
 */
export function lineOf(text: string, path: readonly PropertyKey[]): number {
  let offset = skipSpace(text, 0);
  for (const step of path) {
    const next = typeof step === "number" ? itemOffset(text, offset, step) : propertyOffset(text, offset, String(step));
    if (next === undefined) break;
    offset = next;
  }
  return lineAt(text, offset);
}

/** The line of an offset, from 1. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

/** Where JSON stops being JSON, from the message of `JSON.parse`; the start where it does not say. */
export function syntaxErrorOffset(text: string, error: unknown): number {
  const found = /position (\d+)/.exec(error instanceof Error ? error.message : "");
  return found ? Number(found[1]) : /end of JSON/i.test(String(error)) ? text.length : 0;
}

function propertyOffset(text: string, start: number, key: string): number | undefined {
  if (text[start] !== "{") return undefined;
  let offset = skipSpace(text, start + 1);
  while (text[offset] === '"') {
    const end = skipValue(text, offset);
    const value = skipSpace(text, skipSpace(text, end) + 1);
    if (JSON.parse(text.slice(offset, end)) === key) return value;
    offset = nextItem(text, value);
  }
  return undefined;
}

function itemOffset(text: string, start: number, index: number): number | undefined {
  if (text[start] !== "[") return undefined;
  let offset = skipSpace(text, start + 1);
  for (let i = 0; i < index; i++) {
    if (text[offset] === "]" || offset >= text.length) return undefined;
    offset = nextItem(text, offset);
  }
  return text[offset] === "]" ? undefined : offset;
}

/** Behind the value at `offset` and the comma that follows it. */
function nextItem(text: string, offset: number): number {
  const end = skipSpace(text, skipValue(text, offset));
  return text[end] === "," ? skipSpace(text, end + 1) : end;
}

const skipSpace = (text: string, offset: number): number => {
  let at = offset;
  while (at < text.length && /\s/.test(text[at] ?? "")) at++;
  return at;
};

function skipValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      at++;
      while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
      if (depth === 0) return at + 1;
    } else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && /[\s,]/.test(character ?? "")) return at;
  }
  return text.length;
}
