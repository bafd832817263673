import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import type { Preview } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { previewAnswerMs } from "#relay/caps";
import type { Admission } from "#relay/domain/preview-grants";
import { wholeInTime } from "#relay/http/whole-in-time";
import type { DevServerRequests } from "#relay/previews/dev-server-requests";
import { headersForBrowser } from "#relay/previews/headers";
import { insertTag } from "#relay/previews/insert-tag";
import {
  asksForFramedPage,
  headersForWholePage,
  headersOfPage,
  headersWithTag,
  type PageScript,
} from "#relay/previews/page-script";
import { sendPreviewError } from "#relay/previews/pages";
import { hasEnded } from "#relay/previews/port-connections";
import { hasBody, pathOf } from "#relay/previews/request-facts";

/** A request of somebody who was let in. */
export interface Passed {
  readonly preview: Preview;
  readonly admission: Admission;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface PassDeps {
  readonly requests: DevServerRequests;
  /** Absent: pages are shown as they are. */
  readonly pageScript: PageScript | undefined;
  /** Origins of the pages that the preview may stand in. */
  readonly parents: readonly string[];
}

/** May be asked twice (RFC 9110, section 9.2.1). */
const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Asks a dev server what a browser asks, and gives the browser its answer, each piece as it comes.
 * @throws BatonError before anything was sent
 */
export function passRequest(passed: Passed, deps: PassDeps, isAgain = false): void {
  const { preview, admission, request, response } = passed;
  const { requests, pageScript } = deps;
  const withBody = hasBody(request);
  const getsScript = pageScript !== undefined && preview.isPlain !== true && asksForFramedPage(request);
  const asked = requests.begin(preview, admission, {
    method: request.method,
    path: pathOf(request),
    headers: getsScript ? headersForWholePage(request.headers) : request.headers,
    hasBody: withBody,
    withinMs: previewAnswerMs,
  });
  let problem: Error | undefined;
  let isAnswered = false;
  const leave = () => asked.destroy();
  response.on("close", leave);
  asked.on("error", (error) => {
    problem = error;
  });
  asked.on("response", (answer) => {
    isAnswered = true;
    giveAnswer(passed, deps, { asked, answer, getsScript });
  });
  asked.on("close", () => {
    response.off("close", leave);
    if (withBody) {
      request.unpipe(asked);
      request.resume();
      if (!request.complete) wholeInTime(request);
    }
    if (isAnswered || response.headersSent || response.destroyed) return;
    // A server may give up an idle connection at the very moment at which it is used again; browsers ask anew, too.
    const isStale = asked.reusedSocket && !(problem instanceof BatonError);
    const mayAskAgain = isStale && !isAgain && !withBody && safeMethods.has(asked.method);
    try {
      if (mayAskAgain) passRequest(passed, deps, true);
      else sendPreviewError(request, response, requests.unanswered(preview, problem));
    } catch (error) {
      sendPreviewError(request, response, error instanceof BatonError ? error : requests.unanswered(preview));
    }
  });
  if (withBody) request.pipe(asked);
  else asked.end();
}

interface Answered {
  readonly asked: ClientRequest;
  readonly answer: IncomingMessage;
  readonly getsScript: boolean;
}

function giveAnswer(passed: Passed, deps: PassDeps, { asked, answer, getsScript }: Answered): void {
  const { preview, admission, request, response } = passed;
  const { requests, pageScript, parents } = deps;
  const { statusCode = 502, headers, socket } = answer;
  const tag = getsScript ? pageScript?.tagFor(statusCode, headers, parents) : undefined;
  const shown = headersForBrowser(headers, requests.addressOf(preview, admission));
  try {
    response.writeHead(statusCode, headersOfPage(tag ? headersWithTag(shown) : shown));
  } catch {
    // A status or a header that no answer may have.
    asked.destroy();
    sendPreviewError(request, response, requests.unanswered(preview));
    return;
  }
  answer.on("end", () => {
    // Node takes a connection that was cut off for one that has ended.
    if (isEndedByConnection(asked.method, answer) && !hasEnded(socket)) response.destroy();
    // The server may answer before it has heard everything. The rest is let go, so that the answer is not lost.
    if (!asked.writableFinished) asked.destroy();
  });
  answer.on("error", () => undefined);
  answer.on("close", () => answer.complete || response.destroy());
  if (tag) pipeline(answer, insertTag(tag), response, () => undefined);
  else answer.pipe(response);
  // A page may wait for the headers alone; where there is more to say at once, they travel together.
  setImmediate(() => response.writableEnded || response.flushHeaders());
}

/** Whether a body goes on to the end of the connection (RFC 9112, section 6.3). */
const isEndedByConnection = (method: string, { statusCode, headers }: IncomingMessage): boolean =>
  method !== "HEAD" &&
  statusCode !== 204 &&
  statusCode !== 304 &&
  headers["content-length"] === undefined &&
  !/chunked\s*$/i.test(headers["transfer-encoding"] ?? "");
