import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isAlive } from "#test/support/processes";
import { until } from "#test/support/until";

/** A folder for PATH with the test double of cloudflared in it, which stands in because tests stay on loopback. */
export interface CloudflaredDouble {
  readonly folder: string;
  readonly binary: string;
  /** How the next ones behave: one mode an attempt, the last one for all that follow. */
  readonly behave: (behaviour: Behaviour) => void;
  /** Those that are connected. */
  readonly tunnels: () => DoubleTunnel[];
  /** Waits for one that is not among `known`. */
  readonly tunnel: (known?: readonly DoubleTunnel[]) => Promise<DoubleTunnel>;
  readonly attempts: () => number;
}

interface Behaviour {
  readonly modes?: readonly (
    | "works"
    | "rate-limited"
    | "no-network"
    | "dies"
    | "dies-later"
    | "silent"
    | "unready"
    | "stubborn"
    | "chatter"
  )[];
  readonly hostname?: string;
  readonly service?: string;
  readonly livesMs?: number;
}

export interface DoubleTunnel {
  readonly pid: number;
  /** As it was printed: nobody answers there. */
  readonly url: string;
  /** On loopback, where what stands for the public address answers. */
  readonly port: number;
  readonly args: readonly string[];
  readonly tokenLength?: number;
}

export function installDouble(folder: string): CloudflaredDouble {
  mkdirSync(folder, { recursive: true });
  const binary = join(folder, "cloudflared");
  copyFileSync(resolve("test/support/cloudflared/cloudflared-double.cjs"), binary);
  chmodSync(binary, 0o755);
  const tunnels = (): DoubleTunnel[] => {
    try {
      return readdirSync(join(folder, "tunnels"))
        .filter((name) => name.endsWith(".json"))
        .map((name) => JSON.parse(readFileSync(join(folder, "tunnels", name), "utf8")) as DoubleTunnel)
        .filter(({ pid }) => isAlive(pid));
    } catch {
      // None yet, or one that ended between two looks.
      return [];
    }
  };
  return {
    folder,
    binary,
    behave(behaviour) {
      writeFileSync(join(folder, "attempts"), "0");
      writeFileSync(join(folder, "double.json"), JSON.stringify(behaviour));
    },
    tunnels,
    tunnel: (known = []) =>
      until("a tunnel is there", async () => tunnels().find(({ pid }) => !known.some((one) => one.pid === pid))),
    attempts() {
      try {
        return Number(readFileSync(join(folder, "attempts"), "utf8"));
      } catch {
        return 0;
      }
    },
  };
}
