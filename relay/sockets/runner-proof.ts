import { compactVerify, importJWK } from "jose";
import type { Runner } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { RelayId, RunnerId } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import { LinkProof } from "#protocol/runner-link";
import type { Domain } from "#relay/domain/domain";

/**
 * Checks who says hello: a paired runner that signed this socket's nonce with the key of its pairing.
 * @throws BatonError `signature_invalid`, `runner_revoked`, `runner_replaced`
 */
export async function checkRunnerProof(
  domain: Domain,
  hello: { runnerId: RunnerId; deviceId: string; proof: string },
  expected: { nonce: string; relayId: RelayId },
): Promise<Runner> {
  const { documents } = domain.context.store;
  const device = documents.get("devices", hello.deviceId);
  const runner = domain.runners.get(hello.runnerId);
  if (!device || !runner) throw new BatonError("signature_invalid");
  const isProven = await Promise.all(
    device.keys.map(async (key) => {
      const verified = await compactVerify(hello.proof, await importJWK(key, "EdDSA"), {
        algorithms: ["EdDSA", "Ed25519"],
      });
      const proof = parseMessage(LinkProof, verified.payload);
      return proof.nonce === expected.nonce && proof.relayId === expected.relayId && proof.runnerId === hello.runnerId;
    }),
  ).catch(() => [false]);
  if (!isProven.includes(true)) throw new BatonError("signature_invalid");
  if (runner.state === "revoked") {
    const by = domain.members.find(String(runner.revokedBy ?? ""))?.name ?? "an owner";
    throw new BatonError("runner_revoked", { by });
  }
  // The folder was paired again, with another key: the runner that holds that one serves it now.
  if (runner.deviceId !== device.id || device.revokedAt !== undefined) {
    throw new BatonError("runner_replaced", { host: runner.body.host });
  }
  return runner;
}
