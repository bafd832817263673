import type { Preview, PublicAddress } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { newId, type PreviewId } from "#protocol/ids";
import { tunnelGraceMs } from "#runner/core/caps";
import type { RunnerHost } from "#runner/core/host";
import type { LinkSession } from "#runner/core/link-session";
import type { PublicTunnels } from "#runner/core/public-tunnels";

/** How the previews of this runner are reached. */
export interface Reach {
  readonly relay: boolean;
  readonly public: boolean;
}

/** Previews at public addresses, beside the relay's own names or instead of them. */
export interface PublicPreviews {
  /** As the local user has chosen, with this relay. */
  reach(): Reach;
  /**
   * Before a port is shown: that it can be reached in one way at least.
   * @throws BatonError `preview_off`, and what `TunnelSource.prepare` throws
   */
  prepare(port: number): Promise<void>;
  shown(previews: readonly Preview[]): void;
  online(session: LinkSession): void;
  offline(): void;
  /** Looks at the tunnels and the local user's settings again. To be called when they have changed. */
  reconcile(): void;
  stop(): void;
}

/** @param isAllowed whether the local user lets a port be shown at all, at this moment */
export function createPublicPreviews(
  host: RunnerHost,
  tunnels: PublicTunnels,
  isAllowed: (port: number) => boolean,
): PublicPreviews {
  let session: LinkSession | undefined;
  let hosts: LinkSession["welcome"]["previewHosts"];
  /** Undefined before the relay has said what is open: the tunnels of an earlier runner of the folder may be wanted. */
  let open: readonly Preview[] | undefined;
  let cancelGrace: (() => void) | undefined;
  /** What the relay was told of each, as JSON. */
  const told = new Map<PreviewId, string>();

  const reach = (): Reach => {
    const via = host.tunnels?.via() ?? "relay";
    return {
      relay: via !== "cloudflare" && hosts !== "none",
      public: via === "cloudflare" || via === "both" || (via === "auto" && hosts === "none"),
    };
  };
  /** A link that is down for a moment changes no address; for longer, nobody could take a preview back. */
  const startGrace = () => {
    cancelGrace?.();
    cancelGrace = host.clock.after(tunnelGraceMs, () => {
      cancelGrace = undefined;
      open = [];
      reconcile();
    });
  };
  const stopGrace = () => {
    cancelGrace?.();
    cancelGrace = undefined;
  };

  const tell = (preview: Preview, address: PublicAddress) => {
    const text = JSON.stringify(address);
    if (!session || told.get(preview.id) === text) return;
    told.set(preview.id, text);
    session
      .request({ type: "preview.address", id: newId("command"), previewId: preview.id, ...address })
      .catch((error: unknown) => {
        told.delete(preview.id);
        host.log.info({ preview: preview.id, error: String(error) }, "the relay does not know a public address yet");
      });
  };

  const reconcile = () => {
    if (!host.tunnels || cancelGrace || !open) return;
    const { relay, public: isPublic } = reach();
    const mayShow = isPublic && host.tunnels.isAgreed() && host.trusted();
    const wanted = mayShow ? open.filter(({ body }) => isAllowed(body.port)) : [];
    tunnels.want(new Set(wanted.map(({ body }) => body.port)));
    const isOpen = new Set(open.map(({ id }) => id));
    for (const id of told.keys()) if (!isOpen.has(id)) told.delete(id);
    for (const preview of open) {
      if (wanted.includes(preview)) tell(preview, addressOf(preview.body.port, !relay));
      else if (preview.body.publicOnly !== undefined || told.has(preview.id)) tell(preview, { publicOnly: !relay });
    }
  };
  const addressOf = (port: number, publicOnly: boolean): PublicAddress => {
    const state = tunnels.stateOf(port);
    return {
      publicOnly,
      ...(state.state === "ready" && { publicUrl: state.url }),
      ...(state.state === "failed" && { publicProblem: state.error }),
    };
  };

  return {
    reach,
    async prepare(port) {
      const { relay, public: isPublic } = reach();
      if (!relay && !isPublic) throw new BatonError("preview_off");
      if (!isPublic || !host.tunnels) return;
      try {
        await host.tunnels.prepare(port);
      } catch (error) {
        // The relay still shows it.
        if (!relay) throw error;
        host.log.info({ port, error: String(error) }, "a port is shown through the relay alone");
      }
    },
    shown(previews) {
      stopGrace();
      open = previews;
      reconcile();
    },
    online(opened) {
      session = opened;
      hosts = opened.welcome.previewHosts;
      told.clear();
      // A relay that shows nothing of this runner says nothing.
      startGrace();
    },
    offline() {
      session = undefined;
      startGrace();
    },
    reconcile,
    stop() {
      stopGrace();
      tunnels.stop();
    },
  };
}
