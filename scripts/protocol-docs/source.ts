import { readFileSync } from "node:fs";

/** The comments of protocol/ are part of its documentation, so they are read from the source. */
export const sourceOf = (name: string): string => readFileSync(`protocol/${name}.ts`, "utf8");

/**
 * The text of the first comment of a file that contains `marker`, without its stars.
 * @throws Error when there is none, so that a page never loses a part silently
 */
export function commentOf(file: string, marker: string): string {
  for (const [, body = ""] of sourceOf(file).matchAll(/\/\*\*(.*?)\*\//gs)) {
    if (body.includes(marker)) return unstar(body);
  }
  throw new Error(`protocol/${file}.ts has no comment with “${marker}”`);
}

/** The exported constants of a file in order, each with the comment before it. */
export function constantsOf(file: string): { name: string; comment: string }[] {
  const pattern = /(?:\/\*\*((?:(?!\*\/).)*)\*\/\n)?export const (\w+)/gs;
  return [...sourceOf(file).matchAll(pattern)].map(([, comment = "", name = ""]) => ({
    name,
    comment: unstar(comment),
  }));
}

const unstar = (body: string): string =>
  body
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join("\n")
    .trim();
