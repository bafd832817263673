import http from "node:http";

const answerMs = 5_000;
const maxAnswerBytes = 4_096;

/**
 * Asks a cloudflared, at the address of its metrics, whether it has a connection to Cloudflare.
 * @returns undefined where it does not answer
 */
export async function isConnected(metrics: string): Promise<boolean | undefined> {
  const answer = await ask(metrics, "/ready");
  return answer && answer.status === 200;
}

/** The address of a quick tunnel, as its cloudflared knows it, for a version whose log says it otherwise. */
export async function quickTunnelUrl(metrics: string): Promise<string | undefined> {
  const answer = await ask(metrics, "/quicktunnel");
  const [, hostname] = /"hostname"\s*:\s*"([a-z0-9.-]+)"/.exec(answer?.body ?? "") ?? [];
  return hostname === undefined ? undefined : `https://${hostname}`;
}

function ask(metrics: string, path: string): Promise<{ status: number; body: string } | undefined> {
  const url = `http://${metrics}`;
  // It was told to listen here; what else a log says is not called.
  if (!URL.canParse(url) || !/^(127\.0\.0\.1|localhost|\[::1\])$/.test(new URL(url).hostname)) {
    return Promise.resolve(undefined);
  }
  return new Promise((resolve) => {
    const request = http.get(new URL(path, url), { timeout: answerMs, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
        if (body.length > maxAnswerBytes) request.destroy();
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(undefined));
    request.on("close", () => resolve(undefined));
  });
}
