import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { type Logger, pino } from "pino";
import { BatonError } from "#protocol/errors";
import { isLoopbackHost } from "#protocol/loopback";
import {
  checkBurst,
  checksPerMinute,
  dayMs,
  maxEventStreams,
  maxEventStreamsPerMember,
  ownerLinkMs,
  publicRequestsPerMinute,
  queueTickMs,
  shutdownMs,
  sweepMs,
  writeBurst,
} from "#relay/caps";
import type { RelayConfig } from "#relay/config";
import type { Clock } from "#relay/domain/clock";
import { createDomain, type Domain } from "#relay/domain/domain";
import { readOrMakeIdentity } from "#relay/domain/identity";
import { createRateLimit } from "#relay/domain/rate-limit";
import { createSeats } from "#relay/domain/seats";
import { newSecret } from "#relay/domain/secrets";
import { createTeamTemplates } from "#relay/domain/team-templates";
import { checkHost } from "#relay/http/host-check";
import { knownError, sendProblem } from "#relay/http/problem";
import { requestIdOf, requestLog } from "#relay/http/request-log";
import { createRouter } from "#relay/http/router";
import { securityHeaders } from "#relay/http/security-headers";
import { createSite, type Site } from "#relay/http/site";
import { staticFiles } from "#relay/http/static-files";
import { wholeInTime } from "#relay/http/whole-in-time";
import { loadPageScript } from "#relay/previews/page-script";
import { createPreviewServer } from "#relay/previews/preview-server";
import { createPreviewSite } from "#relay/previews/preview-site";
import { createTunnelHub } from "#relay/previews/tunnel-hub";
import { removeServerFile, writeServerFile } from "#relay/server-file";
import { createRunnerHub } from "#relay/sockets/runner-hub";
import { createSockets } from "#relay/sockets/sockets";
import type { Disk } from "#relay/store/embedded/disk";
import { openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import { relayVersion } from "#relay/version";

export interface Relay {
  /** Where people reach it. */
  readonly url: string;
  /** Signs the first owner in, as long as nobody has. */
  readonly ownerLink: string | undefined;
  /** Of the first owner, for a sign-in link of another device. */
  readonly ownerName: string | undefined;
  /** Stops: nothing new is taken, everybody is told, everything is written. At most `shutdownMs`. */
  close(): Promise<void>;
}

export interface RelayOptions {
  readonly log?: Logger;
  /** The file system below the store; tests put others there. */
  readonly io?: Disk;
  /** Milliseconds since the epoch; tests let it jump. */
  readonly clock?: Clock;
}

/**
 * Starts the relay and resolves when it serves.
 * @throws BatonError `store_locked`, `store_newer`, `store_damaged`; the error of the port
 */
export async function startRelay(
  config: RelayConfig,
  { io, log = loggerOf(config), clock = Date.now }: RelayOptions = {},
): Promise<Relay> {
  const store = await openEmbeddedStore({
    dataFolder: config.data,
    clock,
    logger: storeLogger(log),
    ...(io && { io }),
  });
  /** What is open besides the store, for a start that fails. */
  const opened: (() => void)[] = [];
  try {
    const { relayId, key } = await readOrMakeIdentity(config.data, clock());
    const runners = createRunnerHub();
    const tunnels = createTunnelHub(clock);
    const domain = await createDomain({
      relayId,
      key,
      store,
      clock,
      port: runners,
      keepMs: config.keepDays * dayMs,
      publicShares: config.publicShares,
      onError: (error, where) => log.error({ err: error, where }, "something failed in the background"),
    });
    await makeFirstOwner(domain);

    const server = createServer({ keepAliveTimeout: 65_000, headersTimeout: 20_000, requestTimeout: 0 });
    opened.push(() => {
      server.close();
      server.closeAllConnections();
    });
    if (config.onlyAt !== undefined) answerOnlyAt(server, config.onlyAt);
    const port = await listen(server, config);
    const site = createSite({ ...config, port, trustedProxies: config.trustProxy });
    const closing = new AbortController();
    const serverToken = newSecret();
    const { team } = config;
    const keepAliveMs = config.keepAliveSeconds * 1_000;
    const previewSite = createPreviewSite({ publicUrl: site.publicUrl, port }, config.previewDomain);
    const publicRequests = createRateLimit({
      perMinute: publicRequestsPerMinute,
      burst: publicRequestsPerMinute,
      clock,
    });
    const pageScript = config.plainPreviews ? undefined : loadPageScript(config.ui);
    const previews =
      previewSite &&
      createPreviewServer({ domain, previewSite, site, publicRequests, tunnels, pageScript, runners, log });
    const sockets = createSockets({
      server,
      domain,
      runners,
      tunnels,
      previewHosts: previewSite ? (previewSite.isLoopback ? "loopback" : "public") : "none",
      isPreview: (request) => previewSite?.labelOf(request) !== undefined,
      site,
      log,
      team,
      keepAliveMs,
      isClosing: () => closing.signal.aborted,
    });
    opened.push(() => {
      sockets.close();
      sockets.terminate();
    });
    const app = createApp(log, config.ui, {
      domain,
      runners,
      site,
      previewSite,
      templates: createTeamTemplates(config.data, (details, message) => log.error(details, message)),
      log,
      team,
      version: relayVersion,
      serverToken,
      writes: createRateLimit({
        perMinute: config.writesPerMinute,
        burst: Math.max(writeBurst, config.writesPerMinute / 2),
        clock,
      }),
      checks: createRateLimit({ perMinute: checksPerMinute, burst: checkBurst, clock }),
      eventStreams: createSeats("event streams", { maxEach: maxEventStreamsPerMember, maxAll: maxEventStreams }),
      publicRequests,
      closing: closing.signal,
      keepAliveMs,
    });
    server.on("request", (request, response) => {
      const label = previewSite?.labelOf(request);
      if (previews && label !== undefined) previews.request(request, response, label);
      else app(request, response);
    });
    server.on("upgrade", (request, socket, head) => {
      const label = previewSite?.labelOf(request);
      if (label !== undefined) previews?.upgrade(request, socket, head, label);
    });
    const stopTimers = startTimers(domain, log, () => {
      sockets.sweep();
      previews?.sweep();
    });
    opened.push(stopTimers);
    await writeServerFile(config.data, { url: localUrl(config.host, port), pid: process.pid, token: serverToken });
    log.info({ url: site.publicUrl, port, data: config.data, version: relayVersion }, "the relay serves");

    let closed: Promise<void> | undefined;
    const close = async () => {
      closing.abort();
      stopTimers();
      sockets.close();
      const stopped = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await Promise.race([stopped, delay(shutdownMs / 2)]);
      server.closeAllConnections();
      sockets.terminate();
      await domain.runs.flush();
      await removeServerFile(config.data);
      await store.close();
      log.info("the relay has stopped");
    };
    return {
      url: site.publicUrl,
      ownerLink: await ownerLinkOf(domain, site),
      ownerName: domain.members.firstOwner()?.name,
      close: () => {
        closed ??= close();
        return closed;
      },
    };
  } catch (error) {
    for (const stop of opened.reverse()) stop();
    await store.close();
    throw error;
  }
}

function createApp(log: Logger, ui: string, deps: Parameters<typeof createRouter>[0]) {
  const { site, previewSite } = deps;
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("query parser", "simple");
  app.use(
    requestLog(log, site),
    limitTime,
    securityHeaders(site, previewSite),
    checkHost(site),
    createRouter(deps),
    staticFiles(ui),
  );
  app.use(() => {
    throw new BatonError("not_found", { what: "page" });
  });
  app.use((error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    const requestId = requestIdOf(response);
    const known = knownError(error);
    if (!known) log.error({ err: error, requestId }, "a request failed");
    if (response.headersSent) response.destroy();
    else sendProblem(response, known ?? new BatonError("internal", { requestId }).toJSON(), requestId);
  });
  return app;
}

/** What goes up to a preview may take as long as it needs, so the server itself has no such limit. */
function limitTime(request: express.Request, _response: express.Response, next: express.NextFunction): void {
  wholeInTime(request);
  next();
}

function listen(server: Server, { host, port }: RelayConfig): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/**
 * Hangs up on what came to another address of this machine than the one that was meant, whichever networks it is in:
 * a computer that is carried around opens nothing in the next one.
 */
function answerOnlyAt(server: Server, address: string): void {
  server.on("connection", (socket) => {
    const at = socket.localAddress?.replace(/^::ffff:/, "");
    if (at !== address && !(at !== undefined && isLoopbackHost(at))) socket.destroy();
  });
}

/** Every relay has an owner from its first start on; who that is shows when they sign in. */
async function makeFirstOwner({ members, context }: Domain): Promise<void> {
  if (members.firstOwner()) return;
  await context.ledger.commit([{ collection: "members", put: members.make("Owner", "owner") }]);
}

/** A fresh link at every start, as long as nobody has signed in as an owner. */
async function ownerLinkOf({ members, links }: Domain, site: Site): Promise<string | undefined> {
  const owner = members.firstOwner();
  if (!owner || members.ownerHasSignedIn()) return undefined;
  const { secret } = await links.make({ memberId: owner.id }, ownerLinkMs);
  return `${site.publicUrl}/#link=${secret}`;
}

function startTimers(domain: Domain, log: Logger, sweep: () => void): () => void {
  let isTicking = false;
  const tick = setInterval(() => {
    if (isTicking) return;
    isTicking = true;
    domain
      .tick()
      .catch((error: unknown) => log.warn({ error: String(error) }, "the regular work failed; it is tried again"))
      .finally(() => {
        isTicking = false;
      });
  }, queueTickMs);
  const sweeper = setInterval(sweep, sweepMs);
  return () => {
    clearInterval(tick);
    clearInterval(sweeper);
  };
}

/** Structured lines on stderr; stdout is for people and programs. */
const loggerOf = ({ logLevel }: RelayConfig): Logger => pino({ level: logLevel }, pino.destination(2));

const storeLogger = (log: Logger) => ({
  info: (details: object, message: string) => log.info(details, message),
  warn: (details: object, message: string) => log.warn(details, message),
  error: (details: object, message: string) => log.error(details, message),
});

/** Where programs on this machine reach it, whatever it listens on. */
function localUrl(host: string, port: number): string {
  const local = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${local.includes(":") ? `[${local}]` : local}:${port}`;
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms).unref());
