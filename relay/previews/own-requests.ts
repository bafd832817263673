import type { IncomingMessage, ServerResponse } from "node:http";
import type { Preview } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { addressGroupOf } from "#relay/domain/address-group";
import type { Domain } from "#relay/domain/domain";
import type { RateLimit } from "#relay/domain/rate-limit";
import type { Site } from "#relay/http/site";
import type { Admissions } from "#relay/previews/admissions";
import { enterPath, ownPaths, sendEntryPage, takeTicket } from "#relay/previews/entry";
import type { PreviewSite } from "#relay/previews/preview-site";
import { sendSharePage, shareAboutPath, sharePath, takeShare, tellAboutShare } from "#relay/previews/share-entry";

export interface OwnRequestDeps {
  readonly domain: Domain;
  readonly previewSite: PreviewSite;
  readonly site: Pick<Site, "addressOf">;
  /** Of addresses: what is sent by who is not signed in. */
  readonly publicRequests: RateLimit;
  readonly admissions: Admissions;
}

/** What a request for a way in is answered with. */
export interface Entry {
  readonly domain: Domain;
  readonly site: PreviewSite;
  readonly preview: Preview;
  /** Whom the browser's cookies let in already. */
  readonly admitted: Admitted;
}
type Admitted = Awaited<ReturnType<Admissions["of"]>>;

interface OwnPath {
  readonly page?: (response: ServerResponse) => void;
  readonly take: (request: IncomingMessage, response: ServerResponse, entry: Entry) => Promise<void>;
}

const paths: ReadonlyMap<string, OwnPath> = new Map([
  [enterPath, { page: sendEntryPage, take: takeTicket }],
  [sharePath, { page: sendSharePage, take: takeShare }],
  [shareAboutPath, { take: tellAboutShare }],
]);

/** Whether a path is the relay's own at each preview's host; the preview's server never hears of such a one. */
export const isOwnPath = (path: string): boolean => path.startsWith(ownPaths);

/** @throws BatonError `not_found`, `rate_limited`, and what keeps somebody out */
export async function answerOwn(
  request: IncomingMessage,
  response: ServerResponse,
  { preview, path }: { readonly preview: Preview; readonly path: string },
  { domain, previewSite, site, publicRequests, admissions }: OwnRequestDeps,
): Promise<void> {
  const own = paths.get(path);
  const isSent = request.method === "POST";
  if (!isSent && own?.page) return own.page(response);
  if (!isSent || !own) throw new BatonError("not_found", { what: "page" });
  publicRequests.take(addressGroupOf(site.addressOf(request)));
  const admitted = await admissions.of(request, preview);
  await own.take(request, response, { domain, site: previewSite, preview, admitted });
}
