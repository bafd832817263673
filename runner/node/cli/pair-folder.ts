import type { RunnerBody } from "#protocol/documents";
import type { RunnerId } from "#protocol/ids";
import { type PairedDevice, type PairingCode, pairByCode, pairByToken } from "#runner/core/pairing";
import { interrupted } from "#runner/node/cli/interrupted";
import type { PairFlags } from "#runner/node/cli/pair-command";
import { lookAround } from "#runner/node/cli/surroundings";
import { describeRunner, nodeClock } from "#runner/node/host";
import { nodeFetch } from "#runner/node/http-fetch";
import { type Identity, loadIdentity, type Pairing } from "#runner/node/identity";
import { reaching } from "#runner/node/reaching";
import { createClient } from "#sdk/client";

/** What is told while a folder is being paired. */
export interface PairingVoice {
  code(code: PairingCode, fingerprint: string): void;
}

/** `baton pair URL` */
export async function pairFolder(url: string, flags: PairFlags): Promise<void> {
  const here = lookAround({ workspace: flags.workspace, client: "baton pair" });
  const identity = loadIdentity(here.dirs);
  const runnerId = identity.runnerIdOf(here.folder);
  const body = describeRunner(here.folder, flags.name ?? here.config.name ?? here.folderName);
  const pairing = await pairWith(
    url,
    identity,
    runnerId,
    body,
    flags.joinToken,
    pairingVoice(flags.json),
    interrupted(),
  );
  const said = flags.json
    ? JSON.stringify({ event: "paired", runnerId, relay: url, team: pairing.team, folder: here.folder })
    : `${here.folder} is paired with ${pairing.team}. Start the runner with “baton runner --relay ${url}”.`;
  process.stdout.write(`${said}\n`);
}

/** Pairs by a join token where there is one, else by a code, and remembers the device. */
export async function pairWith(
  relayUrl: string,
  identity: Identity,
  runnerId: RunnerId,
  body: RunnerBody,
  joinToken: string | undefined,
  voice: PairingVoice,
  signal: AbortSignal,
): Promise<Pairing> {
  const client = createClient({ baseUrl: relayUrl, fetch: nodeFetch });
  const candidate = { runnerId, publicKey: identity.publicKey, body };
  const device: PairedDevice = await reaching(
    relayUrl,
    joinToken
      ? pairByToken(client, candidate, joinToken)
      : pairByCode(client, nodeClock, candidate, (code) => voice.code(code, identity.fingerprint), signal),
  );
  const { deviceId, relayId, team } = device;
  const pairing: Pairing = { relayUrl, relayId, deviceId, team, pairedAt: nodeClock.now() };
  identity.savePairing(runnerId, pairing);
  return pairing;
}

export const pairingVoice = (isJson: boolean): PairingVoice => ({
  code({ userCode, verificationUrl, expiresAt }, fingerprint) {
    const said = isJson
      ? JSON.stringify({ event: "pairing", code: userCode, url: verificationUrl, fingerprint, expiresAt })
      : [
          "",
          `  Open         ${verificationUrl}`,
          `  Code         ${userCode}`,
          `  Fingerprint  ${fingerprint}`,
          "",
          "Approve it there if the fingerprint is the same. Waiting …",
        ].join("\n");
    process.stdout.write(`${said}\n`);
  },
});
