import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { freePort } from "#test/support/ports";
import { startProcess } from "#test/support/processes";
import type { TempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

export interface ReverseSsh {
  /** The port at which the other side reaches the server. */
  readonly port: number;
  readonly stop: () => Promise<void>;
}

const sshd = "/usr/sbin/sshd";
export const hasSsh = (): boolean => existsSync(sshd);

/** `ssh -R` through an OpenSSH server of its own on loopback: how people show a local port without a product. */
export async function startReverseSsh(folder: TempFolder, to: number): Promise<ReverseSsh> {
  const [serverPort, port] = [await freePort(), await freePort()];
  for (const key of ["host", "client"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder.at(key)]);
  }
  const config = [
    `Port ${serverPort}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${folder.at("host")}`,
    `AuthorizedKeysFile ${folder.at("client.pub")}`,
    `PidFile ${folder.at("sshd.pid")}`,
    ...["StrictModes no", "UsePAM no", "PasswordAuthentication no", "AllowTcpForwarding yes"],
  ];
  writeFileSync(folder.at("sshd_config"), `${config.join("\n")}\n`);
  // Where the server is started by root it wants a folder for its children.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const server = startProcess([sshd, "-D", "-e", "-f", folder.at("sshd_config")]);
  const client = startProcess([
    ...(["ssh", "-N", "-i", folder.at("client"), "-p", String(serverPort)] as [string, ...string[]]),
    ...["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"],
    ...["-o", "ExitOnForwardFailure=yes", "-o", "ConnectionAttempts=50"],
    ...["-R", `127.0.0.1:${port}:127.0.0.1:${to}`, `${userInfo().username}@127.0.0.1`],
  ]);
  const stop = async () => {
    await client.stop();
    await server.stop();
  };
  try {
    await until("the forwarded port answers", () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        ({ ok }) => ok || undefined,
        () => undefined,
      ),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}
