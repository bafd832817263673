import { Preview } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { newId, type PreviewId, type RunId } from "#protocol/ids";
import { parseValue } from "#protocol/json";
import type { Actor } from "#protocol/payloads";
import { createBackoff } from "#runner/core/backoff";
import { healthyUptimeMs } from "#runner/core/caps";
import type { RunnerHost } from "#runner/core/host";
import type { LinkSession } from "#runner/core/link-session";
import type { PublicPreviews } from "#runner/core/public-previews";
import { waitFor } from "#runner/core/wait-for";

/** Which port, what people call it, and the run that listens there. */
export interface ShownPort {
  readonly port: number;
  readonly name?: string;
  readonly runId?: RunId;
}

/** The ports of this machine that people of one relay are shown. */
export interface RunnerPreviews {
  /** The open ones, as the relay has named them. */
  all(): readonly Preview[];
  /**
   * The local user shows a port.
   * @throws BatonError `relay_needed` where there is none right now, `too_many`, `connection_lost`, and what
   *   `PublicPreviews.prepare` throws
   */
  show(wish: ShownPort): Promise<Preview>;
  /** Whether there is a relay that could show something right now. */
  isOnline(): boolean;
  /** @throws BatonError `relay_needed`, `not_found`, `connection_lost` */
  close(previewId: PreviewId): Promise<void>;
  /**
   * Somebody else wants to see one.
   * @throws BatonError `workspace_untrusted`, `runner_paused`, `preview_refused`
   */
  asked(port: number, by: Actor): Promise<void>;
  /** What the relay shows from now on. */
  shown(previews: readonly Preview[]): void;
  online(session: LinkSession): void;
  offline(): void;
}

interface RunnerPreviewsDeps {
  readonly host: RunnerHost;
  /** Where the tunnel leads. */
  readonly relayUrl: string | undefined;
  /** Those that are reached without it. */
  readonly publicPreviews: PublicPreviews;
  changed(): void;
  /** Whether a run of the folder listens there, which the team was given. */
  isServers(port: number): boolean;
}

export function createRunnerPreviews(deps: RunnerPreviewsDeps): RunnerPreviews {
  const { host, relayUrl, publicPreviews, changed, isServers } = deps;
  const { ports } = host;
  let session: LinkSession | undefined;
  let open: readonly Preview[] = [];
  let isWanted = new AbortController();
  let isServing = false;

  /** The relay names the ports, and the local user has the last word at every request. */
  const isOpen = (port: number): boolean =>
    open.some(({ body }) => body.port === port) &&
    host.trusted() &&
    (ports?.isAllowed(port) === true || isServers(port));

  /** The link, where something is to be shown through the relay. */
  const wantedOn = () => (open.length > 0 && publicPreviews.reach().relay ? session : undefined);

  /** Keeps the tunnel up as long as there is something to be shown, and a link that gives tickets. */
  const serve = async () => {
    if (isServing || !wantedOn() || !ports || relayUrl === undefined) return;
    isServing = true;
    const backoff = createBackoff(host.random);
    for (let link = wantedOn(); link; link = wantedOn()) {
      const { signal } = isWanted;
      const openedMs = host.clock.now();
      try {
        const ticket = String(await link.request({ type: "tunnel.ticket", id: newId("command") }));
        await ports.serve({ relayUrl, ticket, isOpen, signal });
      } catch (error) {
        host.log.warn({ relay: relayUrl, reason: String(error) }, "the tunnel for previews is down; it is made again");
      }
      if (host.clock.now() - openedMs >= healthyUptimeMs) backoff.reset();
      if (wantedOn()) await waitFor(host, backoff.nextMs(), signal, new Promise(() => {}));
    }
    isServing = false;
  };
  const set = (previews: readonly Preview[]) => {
    open = previews;
    changed();
    if (open.length > 0) return void serve();
    isWanted.abort();
    isWanted = new AbortController();
  };
  const need = (): LinkSession => {
    if (!session) throw new BatonError("relay_needed");
    return session;
  };

  return {
    all: () => open,
    async show(wish) {
      const open = need();
      await publicPreviews.prepare(wish.port);
      return parseValue(Preview, await open.request({ type: "preview.open", id: newId("command"), ...wish }));
    },
    isOnline: () => session !== undefined,
    async close(previewId) {
      await need().request({ type: "preview.close", id: newId("command"), previewId });
    },
    async asked(port, by) {
      if (!host.trusted()) throw new BatonError("workspace_untrusted", { folder: host.folder });
      if (host.rules.current().policy === "paused") throw new BatonError("runner_paused");
      if (!ports || !(ports.isAllowed(port) || isServers(port) || (await ports.ask(port, by)))) {
        throw new BatonError("preview_refused", { runner: host.describe().name, port });
      }
      await publicPreviews.prepare(port);
    },
    shown(previews) {
      set(previews);
      publicPreviews.shown(previews);
    },
    online(opened) {
      session = opened;
      publicPreviews.online(opened);
    },
    offline() {
      session = undefined;
      publicPreviews.offline();
      set([]);
    },
  };
}
