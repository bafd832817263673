import { mkdirSync } from "node:fs";
import { visitPreview } from "#test/support/preview-visit";
import { startSystem } from "#test/support/system";
import { tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";
import { type Editor, startEditor } from "#test/vscode/editor";
import { codeServer } from "../../vscode/code-server.mjs";
import { bulkPerSecond, type RequestTarget, requestsPerSecond } from "../load/requests.ts";
import { hasSsh, startReverseSsh } from "../peers/reverse-ssh.ts";
import { startPeer } from "../peers.ts";
import { atLeastOfPeer, atMost, type BenchGroup, forTheRecord, type Row } from "../row.ts";
import { median } from "../statistics.ts";

/** Short and many, so that all ways meet the same moments of a machine that does other things, too. */
const rounds = 9;
const forMs = 1_000;
const bulkBytes = 128 * 1024 * 1024;
/** Until the code at both ends is compiled, and the speed no longer rises. */
const warmUpMs = 4_000;
const many = 16;
const MB = 1_000_000;

type Way = "preview" | "ssh" | "proxy" | "alone" | "editor";
type Ways = Partial<Record<Way, RequestTarget>>;

/** What the way through the relay costs a page, beside other ways to show a local port. */
export const previews: BenchGroup = {
  name: "previews",
  about: "a local server seen through the relay, beside ssh -R and code-server's proxy",
  async run(log) {
    if (!hasSsh()) {
      log("skipped: there is no OpenSSH server");
      return [];
    }
    using folder = tempFolder("baton-previews");
    const web = await startPeer("web");
    const proxy = await startPeer("proxy", String(web.port));
    const ssh = await startReverseSsh(folder, web.port);
    const editor = await editorOrNone(log);
    try {
      await using system = await startSystem({ previewPorts: [web.port] });
      const runnerId = (await system.runners[0]?.runnerId()) ?? "";
      const { id } = await system.owner.client.call("openPreview", { body: { runnerId, port: web.port } });
      const visit = await visitPreview(system.owner, id);
      await until("the tunnel is there", async () => (await visit.get("/")).status === 200 || undefined);
      const { host } = new URL(visit.origin);
      return await beside(
        {
          preview: { port: system.relay.port, headers: { host, cookie: visit.cookie } },
          ssh: { port: ssh.port },
          proxy: { port: proxy.port },
          alone: { port: web.port },
          ...(editor && { editor: { port: Number(new URL(editor.origin).port), base: `/proxy/${web.port}` } }),
        },
        log,
      );
    } finally {
      await editor?.[Symbol.asyncDispose]();
      await ssh.stop();
      await proxy.stop();
      await web.stop();
    }
  },
};

/** A remote editor's own way to show a port. */
async function editorOrNone(log: (line: string) => void): Promise<Editor | undefined> {
  try {
    codeServer();
  } catch (error) {
    log(`without code-server, which could not be installed: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
  const editor = await startEditor();
  mkdirSync(editor.folder.at("workspace"));
  return editor;
}

/** Of one way in one round: requests a second with many connections and with one, a small request, bytes a second. */
interface Figures {
  readonly many: number;
  readonly one: number;
  readonly delayMs: number;
  readonly bulk: number;
}

async function measured(target: RequestTarget): Promise<Figures> {
  const one = await requestsPerSecond(target, 1, forMs);
  return {
    many: (await requestsPerSecond(target, many, forMs)).perSecond,
    one: one.perSecond,
    delayMs: median(one.delays),
    bulk: (await bulkPerSecond(target, bulkBytes)) / MB,
  };
}

async function beside(ways: Ways, log: (line: string) => void): Promise<Row[]> {
  const targets = Object.entries(ways) as [Way, RequestTarget][];
  for (const [, target] of targets) {
    await requestsPerSecond(target, many, warmUpMs);
    await bulkPerSecond(target, bulkBytes);
  }
  const found: Partial<Record<Way, Figures>>[] = [];
  for (let round = 0; round < rounds; round++) {
    const figures: Partial<Record<Way, Figures>> = {};
    // Each way is the first one as often as any other, as far as the rounds go.
    const order = [...targets.slice(round % targets.length), ...targets.slice(0, round % targets.length)];
    for (const [way, target] of order) figures[way] = await measured(target);
    found.push(figures);
    const shares = (["many", "one", "bulk"] as const).map((what) => `${what} ${ratio(figures, what).toFixed(2)}`);
    log(`round ${round + 1} beside ssh -R: ${shares.join(", ")}`);
  }
  return rowsOf(found);
}

const ratio = ({ preview, ssh }: Partial<Record<Way, Figures>>, what: keyof Figures): number =>
  (preview?.[what] ?? Number.NaN) / (ssh?.[what] ?? Number.NaN);

function rowsOf(found: readonly Partial<Record<Way, Figures>>[]): Row[] {
  const of = (way: Way, what: keyof Figures) => median(found.map((figures) => figures[way]?.[what] ?? Number.NaN));
  // What counts is the median of the rounds' ratios: each was taken within seconds, on the same machine in one mood.
  const besideSsh = (factor: number, name: string, what: keyof Figures, unit: string) => {
    const share = median(found.map((figures) => ratio(figures, what)));
    const row = atLeastOfPeer(factor, {
      name,
      value: of("preview", what),
      unit,
      peer: { name: "ssh -R", value: of("ssh", what) },
    });
    return { ...row, ratio: share, ok: share >= factor };
  };
  const added = found.map(({ preview, alone }) => (preview?.delayMs ?? Number.NaN) - (alone?.delayMs ?? 0));
  const rows = [
    besideSsh(1, "small requests, 16 connections", "many", "/s"),
    besideSsh(1.5, "small requests, one connection", "one", "/s"),
    besideSsh(0.6, "bulk", "bulk", "MB/s"),
    atMost(0.5, { name: "added to a small request, p50", value: median(added), unit: "ms" }),
  ];
  for (const [way, name] of [
    ["editor", "code-server's proxy"],
    ["proxy", "the least that a proxy in Node does, without a tunnel"],
    ["alone", "without anything between"],
  ] as const) {
    if (!found[0]?.[way]) continue;
    rows.push(
      forTheRecord({ name: `  ${name}, small requests, 16 connections`, value: of(way, "many"), unit: "/s" }),
      forTheRecord({ name: `  ${name}, small requests, one connection`, value: of(way, "one"), unit: "/s" }),
      forTheRecord({ name: `  ${name}, bulk`, value: of(way, "bulk"), unit: "MB/s" }),
    );
  }
  return rows;
}
