import http, { type ClientRequest, type IncomingHttpHeaders } from "node:http";
import type { Preview } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { maxTunnelHeaderBytes } from "#protocol/tunnel";
import type { Domain } from "#relay/domain/domain";
import type { Admission } from "#relay/domain/preview-grants";
import { notLetIn } from "#relay/previews/admissions";
import { headersForServer, type PreviewAddress } from "#relay/previews/headers";
import type { PreviewSite } from "#relay/previews/preview-site";
import type { TunnelHub } from "#relay/previews/tunnel-hub";
import { createUnderWay, type UnderWay } from "#relay/previews/under-way";

/** What a dev server is asked. */
export interface Asks {
  readonly method?: string | undefined;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Whether the server is to speak another protocol on the connection, a WebSocket's. */
  readonly isSocket?: boolean;
  readonly hasBody?: boolean;
  /** How long it may take to the first byte of the answer. */
  readonly withinMs: number;
}

/** The relay's own requests to the servers behind previews, on the connections of their runners' tunnels. */
export interface DevServerRequests {
  /**
   * Begins one. What it ends with is said when it closes: it has a listener for errors already.
   * @throws BatonError `preview_closed`, `preview_needs_entry`, `share_over`, `too_many`, `runner_away`
   */
  begin(preview: Preview, admission: Admission, asks: Asks): ClientRequest;
  /** What is said in place of an answer. @param error with which the request ended */
  unanswered(preview: Preview, error?: Error): BatonError;
  addressOf(preview: Preview, admission: Admission): PreviewAddress;
  readonly underWay: UnderWay;
}

export interface DevServerRequestDeps {
  readonly domain: Domain;
  readonly previewSite: PreviewSite;
  readonly tunnels: TunnelHub;
}

/** They say more than that no answer came. */
const shownAsIs = new Set<string>(["preview_closed", "preview_needs_entry", "share_over"]);

export function createDevServerRequests({ domain, previewSite, tunnels }: DevServerRequestDeps): DevServerRequests {
  const underWay = createUnderWay(domain.previewGrants.holds);
  const nameOf = ({ runnerId }: Preview) => domain.runners.get(runnerId)?.body.name;
  const addressOf: DevServerRequests["addressOf"] = ({ label, body }, { framedBy = [] }) => ({
    origin: previewSite.originOf(label),
    port: body.port,
    cookies: [previewSite.cookie, previewSite.guestCookie],
    frameAncestors: [previewSite.frameAncestors, ...framedBy].join(" "),
  });
  return {
    underWay,
    addressOf,
    begin(preview, admission, { method = "GET", path, isSocket = false, hasBody = false, withinMs, ...asks }) {
      // It may have ended while the grant was looked at, and then nobody would end what begins now.
      if (domain.previews.byLabel(preview.label)?.closedAt !== undefined) throw new BatonError("preview_closed");
      if (!domain.previewGrants.holds(admission)) throw notLetIn(admission.memberId === undefined);
      underWay.needRoom(preview.runnerId, admission);
      const tunnel = tunnels.get(preview.runnerId);
      if (!tunnel) throw new BatonError("runner_away", { runner: nameOf(preview) ?? "The runner" });
      const headers = headersForServer(asks.headers, addressOf(preview, admission));
      if (isSocket) Object.assign(headers, { connection: "Upgrade", upgrade: "websocket" });
      if (!hasBody) delete headers["content-length"];
      // Node does not say by itself where the body of a GET or a DELETE ends, and what follows its headers would be
      // taken for the next request of the connection, which is somebody else's.
      else if (headers["content-length"] === undefined) headers["transfer-encoding"] = "chunked";
      const asked = http.request({
        agent: tunnel.connections.agent,
        host: "localhost",
        port: preview.body.port,
        method,
        path,
        headers,
        setHost: false,
        maxHeaderSize: maxTunnelHeaderBytes,
      });
      asked.on("error", () => undefined);
      underWay.add(asked, { runnerId: preview.runnerId, admission, withinMs });
      return asked;
    },
    unanswered(preview, error) {
      if (error instanceof BatonError && shownAsIs.has(error.code)) return error;
      return new BatonError("preview_unanswered", {
        runner: nameOf(preview) ?? "the runner",
        port: preview.body.port,
      });
    },
  };
}
