import { mkdirSync } from "node:fs";
import { visitPreview } from "#test/support/preview-visit";
import { startSystem } from "#test/support/system";
import { tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";
import { startEditor } from "#test/vscode/editor";
import { codeServer } from "../../vscode/code-server.mjs";
import { bulkPerSecond, type RequestTarget, requestsPerSecond } from "../load/requests.ts";
import { hasSsh, startReverseSsh } from "../peers/reverse-ssh.ts";
import { startPeer } from "../peers.ts";
import { atLeastOfPeer, atMost, type BenchGroup, forTheRecord, type Row } from "../row.ts";
import { median } from "../statistics.ts";

const forMs = 4_000;
const bulkBytes = 512 * 1024 * 1024;
const MB = 1_000_000;

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
    const ssh = await startReverseSsh(folder, web.port);
    try {
      await using system = await startSystem({ previewPorts: [web.port] });
      const runnerId = (await system.runners[0]?.runnerId()) ?? "";
      const { id } = await system.owner.client.call("openPreview", { body: { runnerId, port: web.port } });
      const visit = await visitPreview(system.owner, id);
      await until("the tunnel is there", async () => (await visit.get("/")).status === 200 || undefined);
      const { host } = new URL(visit.origin);
      const targets = {
        preview: { port: system.relay.port, headers: { host, cookie: visit.cookie } },
        ssh: { port: ssh.port },
        alone: { port: web.port },
      } satisfies Record<string, RequestTarget>;
      return [...(await beside(targets, log)), ...(await besideCodeServer(web.port, log))];
    } finally {
      await ssh.stop();
      await web.stop();
    }
  },
};

async function beside(
  { preview, ssh, alone }: Record<"preview" | "ssh" | "alone", RequestTarget>,
  log: (line: string) => void,
): Promise<Row[]> {
  const measured = async (target: RequestTarget) => ({
    one: await requestsPerSecond(target, 1, forMs),
    many: await requestsPerSecond(target, 16, forMs),
    bulk: await bulkPerSecond(target, bulkBytes),
  });
  const [ours, theirs, direct] = [await measured(preview), await measured(ssh), await measured(alone)];
  log("through the relay, through ssh -R, and directly");
  const peer = (value: number) => ({ name: "ssh -R", value });
  const added = median(ours.one.delays) - median(direct.one.delays);
  return [
    atLeastOfPeer(1, {
      name: "small requests, 16 connections",
      value: ours.many.perSecond,
      unit: "/s",
      peer: peer(theirs.many.perSecond),
    }),
    atLeastOfPeer(1.5, {
      name: "small requests, one connection",
      value: ours.one.perSecond,
      unit: "/s",
      peer: peer(theirs.one.perSecond),
    }),
    atLeastOfPeer(0.6, { name: "bulk", value: ours.bulk / MB, unit: "MB/s", peer: peer(theirs.bulk / MB) }),
    atMost(0.5, { name: "added to a small request, p50", value: added, unit: "ms" }),
  ];
}

/** A remote editor's own way, for the record. */
async function besideCodeServer(port: number, log: (line: string) => void): Promise<Row[]> {
  try {
    codeServer();
  } catch (error) {
    log(`without code-server, which could not be installed: ${error instanceof Error ? error.message : error}`);
    return [];
  }
  await using editor = await startEditor();
  mkdirSync(editor.folder.at("workspace"));
  const at = { port: Number(new URL(editor.origin).port), base: `/proxy/${port}` };
  const { perSecond } = await requestsPerSecond(at, 16, forMs);
  const bulk = await bulkPerSecond(at, bulkBytes);
  return [
    forTheRecord({ name: "code-server's proxy, small requests, 16 connections", value: perSecond, unit: "/s" }),
    forTheRecord({ name: "code-server's proxy, bulk", value: bulk / MB, unit: "MB/s" }),
  ];
}
