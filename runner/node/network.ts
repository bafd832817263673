import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import tls from "node:tls";

const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];

/**
 * The agent for a request, as the environment says: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`; undefined
 * for Node's own. What proxies need is loaded only where there is one.
 */
export async function proxyAgent(env: NodeJS.ProcessEnv = process.env): Promise<http.Agent | undefined> {
  if (!proxyVariables.some((name) => env[name])) return undefined;
  const { ProxyAgent } = await import("proxy-agent");
  const ca = trustedCertificates(env);
  return new ProxyAgent({
    httpAgent: new http.Agent(),
    httpsAgent: new https.Agent(ca ? { ca } : {}),
    ...(ca && { ca }),
  });
}

/**
 * What signs relays' certificates: Node's own list, which has `NODE_EXTRA_CA_CERTS` in it, and besides what the
 * system trusts (Node ≥ 22.15 can tell) and what `SSL_CERT_FILE` names. Undefined where Node's own list is all.
 */
export function trustedCertificates(env: NodeJS.ProcessEnv = process.env): string[] | undefined {
  const system = systemCertificates("system");
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
