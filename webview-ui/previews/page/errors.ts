import { maxPageErrorLength, maxPageErrors } from "#protocol/caps";
import type { FromPage, PageError } from "#protocol/page-link";

/** How often the surface is told, at most. */
const tellEveryMs = 250;

/**
 * Collects what a browser's console would show in red: errors that nobody caught, refused promises, files that could
 * not be loaded, and `console.error`. A page that floods costs a number that grows, and nothing else.
 */
export function collectErrors(page: Window & typeof globalThis, say: (message: FromPage) => void) {
  const errors = new Map<string, { text: string; times: number }>();
  let count = 0;
  let isTelling = false;
  const later = page.setTimeout.bind(page);
  const tell = () => {
    isTelling = false;
    if (count > 0) say({ type: "errors", count, errors: [...errors.values()] satisfies PageError[] });
  };
  const add = (textOf: () => string) => {
    count++;
    // What is beyond the cap is counted, and not even made into text.
    if (errors.size < maxPageErrors) {
      const text = safe(textOf).slice(0, maxPageErrorLength);
      const known = errors.get(text);
      if (known) known.times++;
      else errors.set(text, { text, times: 1 });
    }
    if (isTelling) return;
    isTelling = true;
    later(tell, tellEveryMs);
  };

  page.addEventListener(
    "error",
    (event) => {
      const { target } = event;
      if (target instanceof Element) add(() => `Could not load ${addressOf(target)}`);
      else add(() => textOfError(event.error) ?? `${event.message} (${event.filename}:${event.lineno})`);
    },
    true,
  );
  page.addEventListener("unhandledrejection", ({ reason }) => {
    add(() => `A promise was refused: ${textOf(reason)}`);
  });
  const { console } = page;
  const print = console.error;
  console.error = function error(this: unknown, ...given: unknown[]) {
    add(() => formatted(given));
    return Reflect.apply(print, this ?? console, given);
  };
  return { tell };
}

const addressOf = (element: Element): string =>
  String((element as HTMLImageElement).src || (element as HTMLLinkElement).href || element.tagName.toLowerCase());

/** The page's own objects say what they like when they are asked, or throw. */
function safe(make: () => string): string {
  try {
    return String(make());
  } catch {
    return "an error that cannot be shown";
  }
}

/** The placeholders of the console (console.spec.whatwg.org, section 2.2), without styles. */
function formatted([first, ...rest]: readonly unknown[]): string {
  if (typeof first !== "string") return [first, ...rest].map(textOf).join(" ");
  const left = [...rest];
  const text = first.replace(/%([sdifoOc%])/g, (whole, kind: string) => {
    if (kind === "%") return "%";
    if (left.length === 0) return whole;
    const value = left.shift();
    return kind === "c" ? "" : textOf(value);
  });
  return [text, ...left.map(textOf)].join(" ");
}

const textOfError = (value: unknown): string | undefined =>
  value instanceof Error
    ? value.stack?.includes(value.message)
      ? value.stack
      : `${value}\n${value.stack}`
    : undefined;

function textOf(value: unknown): string {
  const error = textOfError(value);
  if (error !== undefined) return error;
  if (typeof value === "string") return value;
  if (value instanceof Element) return `<${value.tagName.toLowerCase()}>`;
  if (typeof value !== "object" || value === null) return String(value);
  return safe(() => JSON.stringify(value) ?? String(value));
}
