import { Transform } from "node:stream";

/** Puts a tag into HTML that comes in pieces. Nothing is held back but the few bytes of a tag that has only begun. */
export interface Inserter {
  /** @returns what goes on now */
  push(piece: Uint8Array): Uint8Array[];
  /** @returns what is left */
  end(): Uint8Array[];
}

/**
 * What may stand before the first content of a head (HTML, sections 13.2.5 and 13.2.6.4): white space, comments, the
 * document type, and the start tags of `html` and `head`.
 */
type Place =
  | { readonly in: "between" }
  /** Until the first `>`. */
  | { readonly in: "declaration" }
  | { readonly in: "comment"; dashes: number; isBang: boolean }
  | { readonly in: "tag"; readonly isHead: boolean; part: "before" | "name" | "equals" | "bare" | "single" | "double" };

/**
 * The tag stands at the start of the head: behind `<head …>`, or before the first thing that would begin one. HTML that
 * ends within a comment or a tag is left as it is, and so is an empty one. It works on bytes, so it fits every encoding
 * in which ASCII is written as itself.
 */
export function createInserter(tag: Uint8Array): Inserter {
  let place: Place = { in: "between" };
  /** Of a tag that has only begun. */
  let begun: Uint8Array = new Uint8Array();
  let read = 0;
  let isDone = false;

  /** @returns where the tag belongs in these bytes, or how many of them can go on without it */
  const scan = (bytes: Uint8Array, isEnd: boolean): { readonly at: number } | { readonly passed: number } => {
    const mark = read === 0 ? leadingMark(bytes) : 0;
    if (mark === "more" && !isEnd) return { passed: 0 };
    for (let index = Number(mark) || 0; index < bytes.length; index++) {
      const character = String.fromCharCode(bytes[index] ?? 0);
      if (place.in === "between") {
        if (isSpace(character)) continue;
        const found = character === "<" ? opened(bytes, index) : undefined;
        if (!found || (found === "more" && isEnd)) return { at: index };
        if (found === "more") return { passed: index };
        place = found.place;
        index += found.length - 1;
      } else if (place.in === "declaration") {
        if (character === ">") place = { in: "between" };
      } else if (place.in === "comment") {
        if (endsComment(place, character)) place = { in: "between" };
      } else if (endsTag(place, character)) {
        if (place.isHead) return { at: index + 1 };
        place = { in: "between" };
      }
    }
    // The end of a document begins its head, where nothing else did.
    if (isEnd && place.in === "between" && read + bytes.length > 0) return { at: bytes.length };
    return { passed: bytes.length };
  };

  const go = (piece: Uint8Array, isEnd: boolean): Uint8Array[] => {
    if (isDone) return whole(piece);
    const bytes = begun.length > 0 ? Buffer.concat([begun, piece]) : piece;
    const found = scan(bytes, isEnd);
    if ("at" in found) {
      isDone = true;
      return whole(bytes.subarray(0, found.at), tag, bytes.subarray(found.at));
    }
    read += found.passed;
    begun = Uint8Array.from(bytes.subarray(found.passed));
    return whole(bytes.subarray(0, found.passed));
  };
  return {
    push: (piece) => go(piece, false),
    end: () => go(new Uint8Array(), true),
  };
}

/** The same, as a step of a pipeline. */
export function insertTag(tag: string): Transform {
  const inserter = createInserter(Buffer.from(tag, "latin1"));
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      for (const part of inserter.push(piece)) this.push(part);
      done();
    },
    flush(done) {
      for (const part of inserter.end()) this.push(part);
      done();
    },
  });
}

const whole = (...parts: Uint8Array[]): Uint8Array[] => parts.filter((part) => part.length > 0);
const isSpace = (character: string): boolean => /[\t\n\f\r ]/.test(character);

/** How many bytes at the very start say that it is UTF-8; `more` where too few are there to tell. */
function leadingMark(bytes: Uint8Array): number | "more" {
  const isMark = [0xef, 0xbb, 0xbf].every((byte, index) => index >= bytes.length || bytes[index] === byte);
  if (!isMark || bytes.length === 0) return 0;
  return bytes.length < 3 ? "more" : 3;
}

const longestOpening = "<html>".length;
/**
 * What begins at `<`, and how many bytes tell it. A start tag's name ends at a character that is left to the tag.
 * @returns undefined where it is the first content; `more` where the bytes do not tell yet
 */
function opened(
  bytes: Uint8Array,
  from: number,
): { readonly place: Place; readonly length: number } | "more" | undefined {
  const text = String.fromCharCode(...bytes.subarray(from, from + longestOpening)).toLowerCase();
  if (text.startsWith("<!--")) return { place: { in: "comment", dashes: 2, isBang: false }, length: 4 };
  if ("<!--".startsWith(text)) return "more";
  if (text.startsWith("<!") || text.startsWith("<?")) return { place: { in: "declaration" }, length: 2 };
  const name = /^<(html|head)[\t\n\f\r />]/.exec(text)?.[1];
  if (name) return { place: { in: "tag", isHead: name === "head", part: "before" }, length: 5 };
  return text.length < longestOpening && ("<html".startsWith(text) || "<head".startsWith(text)) ? "more" : undefined;
}

/** `-->` and `--!>`; a comment that is closed at once has its dashes from its beginning. */
function endsComment(comment: Extract<Place, { in: "comment" }>, character: string): boolean {
  if (character === ">" && (comment.dashes >= 2 || comment.isBang)) return true;
  comment.isBang = character === "!" && comment.dashes >= 2;
  comment.dashes = character === "-" ? comment.dashes + 1 : 0;
  return false;
}

/** A `>` within quotes ends nothing, and quotes count only where a value may begin. */
function endsTag(tag: Extract<Place, { in: "tag" }>, character: string): boolean {
  const { part } = tag;
  if (part === "single" || part === "double") {
    if (character === (part === "single" ? "'" : '"')) tag.part = "before";
    return false;
  }
  if (character === ">") return true;
  if (part === "equals") {
    if (!isSpace(character)) tag.part = character === "'" ? "single" : character === '"' ? "double" : "bare";
  } else if (isSpace(character)) {
    // `a = "b"` is one attribute.
    if (part === "bare") tag.part = "before";
  } else if (part !== "bare") {
    const isSlash = character === "/";
    tag.part = isSlash ? "before" : character === "=" && part === "name" ? "equals" : "name";
  }
  return false;
}
