import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { networkInterfaces } from "node:os";
import tls from "node:tls";
import { isLoopbackHost } from "#protocol/loopback";

/** What a host knows of the network beside the environment, such as an editor's settings. */
export interface NetworkSettings {
  /** The proxy, which outranks those of the environment; absent: as the environment says. */
  readonly proxy?: string;
  /** Hosts, as in `NO_PROXY`, that are reached without `proxy`. This machine always is. */
  readonly noProxy?: readonly string[];
  /** False: certificates are not checked. */
  readonly isStrict?: boolean;
  /** False: only Node's own list of certificates, and what the environment names. */
  readonly usesSystemCertificates?: boolean;
}

const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];

/**
 * The agent for a request, as the settings say, else the environment: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
 * `NO_PROXY`; undefined for Node's own. What proxies need is loaded only where there is one. A relay of this machine is
 * reached without: a proxy elsewhere means another machine by `localhost`, and would read the tokens on their way.
 */
export async function proxyAgent(
  settings: NetworkSettings = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<http.Agent | undefined> {
  const { proxy, noProxy = [] } = settings;
  if (!proxy && !proxyVariables.some((name) => env[name])) return undefined;
  const { ProxyAgent } = await import("proxy-agent");
  const trust = trustOptions(settings, env);
  const agent = new ProxyAgent({ httpAgent: new http.Agent(), httpsAgent: new https.Agent(trust), ...trust });
  const ofEnvironment = agent.getProxyForUrl;
  agent.getProxyForUrl = (text, request) => {
    const url = new URL(text);
    if (isThisMachine(url)) return "";
    if (!proxy) return ofEnvironment(text, request);
    return isExempt(url, noProxy) ? "" : proxy;
  };
  return agent;
}

/** How TLS checks the other side. */
export interface TrustOptions {
  readonly ca?: string[];
  readonly rejectUnauthorized?: false;
}

export function trustOptions(settings: NetworkSettings = {}, env: NodeJS.ProcessEnv = process.env): TrustOptions {
  const ca = trustedCertificates(env, settings.usesSystemCertificates ?? true);
  return { ...(ca && { ca }), ...(settings.isStrict === false && { rejectUnauthorized: false }) };
}

/**
 * What signs relays' certificates: Node's own list, which has `NODE_EXTRA_CA_CERTS` in it, and besides what the
 * system trusts (Node ≥ 22.15 can tell) and what `SSL_CERT_FILE` names. Undefined where Node's own list is all.
 */
function trustedCertificates(env: NodeJS.ProcessEnv = process.env, usesSystem = true): string[] | undefined {
  const system = usesSystem ? systemCertificates("system") : [];
  const file = env.SSL_CERT_FILE ? [readFileSync(env.SSL_CERT_FILE, "utf8")] : [];
  if (system.length === 0 && file.length === 0) return undefined;
  const own = systemCertificates("default");
  const extra = env.NODE_EXTRA_CA_CERTS && own.length === 0 ? [readFileSync(env.NODE_EXTRA_CA_CERTS, "utf8")] : [];
  return [...(own.length > 0 ? own : tls.rootCertificates), ...extra, ...system, ...file];
}

function systemCertificates(kind: "default" | "system"): readonly string[] {
  const ask = (tls as { getCACertificates?: (kind: string) => string[] }).getCACertificates;
  return ask ? ask(kind) : [];
}

/** Whether an address is this machine's own, as that of a relay is which is hosted here. */
function isThisMachine({ hostname }: URL): boolean {
  if (isLoopbackHost(hostname)) return true;
  const plain = hostname.replace(/^\[|\]$/g, "");
  return Object.values(networkInterfaces()).some((rows) => rows?.some(({ address }) => address === plain));
}

/** Whether an address is reached without the proxy: `*`, a host with or without its port, or the end of a name. */
function isExempt(url: URL, noProxy: readonly string[]): boolean {
  const { hostname } = url;
  const port = url.port || (url.protocol === "https:" || url.protocol === "wss:" ? "443" : "80");
  return noProxy.some((entry) => {
    const [, name = "", wantedPort] = /^\s*\*?\.?(.*?)(?::(\d+))?\s*$/.exec(entry.toLowerCase()) ?? [];
    if (wantedPort !== undefined && wantedPort !== port) return false;
    return entry.trim() === "*" || (name !== "" && (hostname === name || hostname.endsWith(`.${name}`)));
  });
}
