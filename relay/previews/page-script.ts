import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { join } from "node:path";
import { pagePaths } from "#protocol/page-paths";
import { allowedTag } from "#relay/previews/page-policy";

/**
 * The script that pages of previews get while they stand in a frame. It tells the surface around it where the page is
 * and what went wrong in it; a page by itself has nobody to tell, and gets none.
 */
export interface PageScript {
  /**
   * @param parents origins of the pages that may hear it
   * @returns the tag for an answer; undefined where it is no page that may get one
   */
  tagFor(status: number, answer: IncomingHttpHeaders, parents: readonly string[]): string | undefined;
  /** @param path one of `pagePaths` */
  send(response: ServerResponse, path: string, parents: readonly string[]): void;
}

/**
 * @param folder of the dashboard's files
 * @returns undefined where they were not built into this relay
 */
export function loadPageScript(folder: string): PageScript | undefined {
  const read = (name: string) => readFileSync(join(folder, "preview-page", name), "utf8");
  let files: { readonly script: string; readonly picture: string };
  try {
    files = { script: read("page.js"), picture: read("picture.js") };
  } catch {
    return undefined;
  }
  /** The script's own text is a function of its parents, so that they are in it and in nothing that a page can reach. */
  const scriptFor = (parents: readonly string[]) =>
    `((batonParents)=>{${files.script}})(${JSON.stringify(parents)});\n`;
  return {
    tagFor(status, answer, parents) {
      if (!isWholePage(status, answer)) return undefined;
      const allowed = allowedTag([answer["content-security-policy"] ?? []].flat());
      if (!allowed) return undefined;
      const nonce = allowed.nonce === undefined ? "" : ` nonce="${allowed.nonce}"`;
      return `<script src="${pagePaths.script}?${shortHash(scriptFor(parents))}"${nonce}></script>`;
    },
    send(response, path, parents) {
      const text = path === pagePaths.picture ? files.picture : scriptFor(parents);
      response.writeHead(200, {
        "Content-Type": "text/javascript; charset=utf-8",
        "Content-Length": Buffer.byteLength(text),
        // Its address changes with every change of it; what draws pictures is asked for without one.
        "Cache-Control": path === pagePaths.picture ? "private, no-cache" : "private, max-age=86400",
        "X-Content-Type-Options": "nosniff",
      });
      response.end(text);
    },
  };
}

/** Whether a browser asks for a page that will stand in a frame, and for all of it. */
export const asksForFramedPage = ({ method, headers }: IncomingMessage): boolean =>
  method === "GET" && headers["sec-fetch-dest"] === "iframe" && headers.range === undefined;

/** Asks for the page itself: not compressed, and whether or not an older form of it is there. */
export function headersForWholePage(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { "if-none-match": _match, "if-modified-since": _since, ...rest } = headers;
  return { ...rest, "accept-encoding": "identity" };
}

/** What was true of the bytes as they came, and is not of those that go on. */
export function headersWithTag(shown: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const { "content-length": _length, etag, "last-modified": _modified, "accept-ranges": _ranges, ...rest } = shown;
  for (const name of ["content-md5", "digest", "content-digest", "repr-digest"]) delete rest[name];
  return rest;
}

/** A page is another one in a frame, so no cache may take the one for the other. */
export function headersOfPage(shown: OutgoingHttpHeaders): OutgoingHttpHeaders {
  if (!isHtml(String(shown["content-type"] ?? ""))) return shown;
  return { ...shown, vary: [shown.vary ?? [], "Sec-Fetch-Dest"].flat().join(", ") };
}

const isHtml = (type: string): boolean => /^\s*text\/html\s*(;|$)/i.test(type);

function isWholePage(status: number, answer: IncomingHttpHeaders): boolean {
  const type = answer["content-type"] ?? "";
  const encoding = answer["content-encoding"] ?? "identity";
  return (
    isHtml(type) &&
    // In these, ASCII is not written as itself.
    !/charset\s*=\s*"?\s*(utf-?16|utf-?32|ucs-?2|iso-10646)/i.test(type) &&
    encoding.trim().toLowerCase() === "identity" &&
    ![204, 205, 206, 304].includes(status) &&
    answer["content-length"] !== "0" &&
    // Its server says that nobody may change it (RFC 9110, section 7.7; RFC 9111, section 5.2.2.6).
    !/(^|,)\s*no-transform\s*(,|$)/i.test(answer["cache-control"] ?? "")
  );
}

const shortHash = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 12);
