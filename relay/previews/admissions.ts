import type { IncomingMessage } from "node:http";
import { parseCookie } from "cookie";
import type { Preview } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { Admission, PreviewGrants } from "#relay/domain/preview-grants";
import type { PreviewSite } from "#relay/previews/preview-site";

/** Whom a request's cookies let into a preview. Looked at with every request. */
export interface Admissions {
  of(request: IncomingMessage, preview: Preview): Promise<Admission | undefined>;
  /** @throws BatonError `preview_needs_entry`; `share_over` for a guest who was in */
  need(request: IncomingMessage, preview: Preview): Promise<Admission>;
}

export function createAdmissions(grants: Pick<PreviewGrants, "check">, site: PreviewSite): Admissions {
  const cookiesOf = ({ headers }: IncomingMessage) => parseCookie(headers.cookie ?? "");
  const of: Admissions["of"] = async (request, { id }) => {
    const cookies = cookiesOf(request);
    for (const token of [cookies[site.cookie], cookies[site.guestCookie]]) {
      const admission = token === undefined ? undefined : await grants.check(token, id);
      if (admission) return admission;
    }
    return undefined;
  };
  return {
    of,
    async need(request, preview) {
      const admission = await of(request, preview);
      if (admission) return admission;
      throw notLetIn(cookiesOf(request)[site.guestCookie] !== undefined);
    },
  };
}

export const notLetIn = (isGuest: boolean) => new BatonError(isGuest ? "share_over" : "preview_needs_entry");
