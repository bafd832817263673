import { isIP } from "node:net";
import { join } from "node:path";
import { type Command, Option } from "commander";
import envPaths from "env-paths";
import * as z from "zod";
import { Name } from "#protocol/documents";
import { isLoopbackHost } from "#protocol/loopback";
import { defaultKeepAliveMs, defaultWritesPerMinute, minKeepDays } from "#relay/caps";

/** How the relay is run. */
export interface RelayConfig {
  readonly host: string;
  /** Of the addresses of `host` the only one, beside loopback, at which it answers; absent: all of them. */
  readonly onlyAt: string | undefined;
  /** 0: any free port. */
  readonly port: number;
  readonly publicUrl: string | undefined;
  /** Each preview is at a name below it; absent: below `localhost`, where the relay is at this computer's own address. */
  readonly previewDomain: string | undefined;
  /** Whether links let guests, who are no members, into previews. */
  readonly publicShares: boolean;
  /** No page of a preview gets a script of the relay's. */
  readonly plainPreviews: boolean;
  /** How many proxies in front add to `X-Forwarded-For`. */
  readonly trustProxy: number;
  readonly data: string;
  /** How long ended runs are kept; 0: for ever. */
  readonly keepDays: number;
  readonly team: string;
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
  readonly writesPerMinute: number;
  /** How often something is sent on a connection that is quiet. */
  readonly keepAliveSeconds: number;
  /** The folder of the dashboard. */
  readonly ui: string;
  readonly json: boolean;
}

/** A setting is wrong. The message is one line that names it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

interface Setting {
  readonly key: keyof RelayConfig;
  readonly flags: string;
  readonly description: string;
  /** The first one that is set counts. */
  readonly environment: readonly string[];
  readonly schema: z.ZodType;
  readonly fallback: () => unknown;
}

const flag = z.union([
  z.boolean(),
  z.enum(["", "1", "true", "0", "false"]).transform((text) => text === "1" || text === "true"),
]);
const wholeNumber = (min: number, max: number) =>
  z.coerce
    .number(`expected a whole number from ${min} to ${max}`)
    .int(`expected a whole number from ${min} to ${max}`)
    .min(min)
    .max(max);
const publicUrl = z.string().refine(isOrigin, "expected an http or https URL without a path");

/** Every setting: a flag, variables of the environment, a default; in this order of precedence. */
export const settings: readonly Setting[] = [
  {
    key: "host",
    flags: "--host <address>",
    description: "address to listen on",
    environment: ["BATON_HOST"],
    schema: z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, "expected an address or a host name"),
    fallback: () => "127.0.0.1",
  },
  {
    key: "onlyAt",
    flags: "--only-at <address>",
    description: "of all the addresses of --host the one to answer at, beside loopback",
    environment: ["BATON_ONLY_AT"],
    schema: z
      .string()
      .refine((text) => isIP(text) !== 0, "expected an address")
      .optional(),
    fallback: () => undefined,
  },
  {
    key: "port",
    flags: "--port <number>",
    description: "port to listen on; 0 takes a free one",
    environment: ["PORT", "BATON_PORT"],
    schema: wholeNumber(0, 65_535),
    fallback: () => 4000,
  },
  {
    key: "publicUrl",
    flags: "--public-url <url>",
    description: "where people reach it: the source of links, cookies and the allowed origin",
    environment: ["BATON_PUBLIC_URL"],
    schema: publicUrl.optional(),
    fallback: () => undefined,
  },
  {
    key: "previewDomain",
    flags: "--preview-domain <name>",
    description: "previews are at names below it; a wildcard of it has to lead here",
    environment: ["BATON_PREVIEW_DOMAIN"],
    schema: z
      .string()
      .regex(/^(?=.{1,200}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/, "expected a domain name, in small letters")
      .optional(),
    fallback: () => undefined,
  },
  {
    key: "publicShares",
    flags: "--public-shares <on|off>",
    description: "whether links let guests, who are no members, into previews",
    environment: ["BATON_PUBLIC_SHARES"],
    schema: z.enum(["on", "off"], "expected on or off").transform((text) => text === "on"),
    fallback: () => "on",
  },
  {
    key: "plainPreviews",
    flags: "--plain-previews",
    description: "show the pages of previews as they are, without the script that tells the dashboard of their errors",
    environment: ["BATON_PLAIN_PREVIEWS"],
    schema: flag,
    fallback: () => false,
  },
  {
    key: "trustProxy",
    flags: "--trust-proxy <hops>",
    description: "how many proxies in front may name the client's address",
    environment: ["BATON_TRUST_PROXY"],
    schema: wholeNumber(0, 10),
    fallback: () => 0,
  },
  {
    key: "data",
    flags: "--data <folder>",
    description: "where everything is kept",
    environment: ["BATON_DATA"],
    schema: z.string().min(1, "expected a folder"),
    fallback: defaultDataFolder,
  },
  {
    key: "keepDays",
    flags: "--keep-days <number>",
    description: `days, at least ${minKeepDays}, after which ended runs and their logs are removed; 0 keeps them for ever`,
    environment: ["BATON_KEEP_DAYS"],
    schema: wholeNumber(0, 36_500).refine((days) => days === 0 || days >= minKeepDays, {
      message: `expected 0, or at least ${minKeepDays}: runners hold what has ended for a week, and would send it again`,
    }),
    fallback: () => 0,
  },
  {
    key: "team",
    flags: "--team <name>",
    description: "what the team is called",
    environment: ["BATON_TEAM"],
    schema: Name,
    fallback: () => "Baton",
  },
  {
    key: "logLevel",
    flags: "--log-level <level>",
    description: "trace, debug, info, warn, error, fatal or silent",
    environment: ["BATON_LOG_LEVEL"],
    schema: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
    fallback: () => "info",
  },
  {
    key: "writesPerMinute",
    flags: "--writes-per-minute <number>",
    description: "changes that one member may make",
    environment: ["BATON_WRITES_PER_MINUTE"],
    schema: wholeNumber(1, 1_000_000),
    fallback: () => defaultWritesPerMinute,
  },
  {
    key: "keepAliveSeconds",
    flags: "--keep-alive-seconds <number>",
    description: "how often quiet connections are pinged; less than the patience of the proxies in front",
    environment: ["BATON_KEEP_ALIVE_SECONDS"],
    schema: wholeNumber(1, 60),
    fallback: () => defaultKeepAliveMs / 1_000,
  },
  {
    key: "ui",
    flags: "--ui <folder>",
    description: "the dashboard's files",
    environment: ["BATON_UI"],
    schema: z.string().min(1, "expected a folder"),
    fallback: () => join(import.meta.dirname, "ui"),
  },
  {
    key: "json",
    flags: "--json",
    description: "print what a program wants to know, one JSON line an event",
    environment: ["BATON_JSON"],
    schema: flag,
    fallback: () => false,
  },
];

/** Adds the settings as options, each with its variable in the help. */
export function addOptions(command: Command, keys: readonly (keyof RelayConfig)[]): Command {
  for (const { key, flags, description, environment, fallback } of settings) {
    if (!keys.includes(key)) continue;
    const value = fallback();
    const shown = value === undefined || value === false ? "" : `default: ${value}, `;
    command.addOption(new Option(flags, `${description} (${shown}env: ${environment.join(", ")})`));
  }
  return command;
}

/**
 * Flag > environment > default, each value checked.
 * @param flags as commander read them, by key
 * @throws ConfigError that names the flag or the variable
 */
export function readConfig(flags: Readonly<Record<string, unknown>>, environment: NodeJS.ProcessEnv): RelayConfig {
  const values: Record<string, unknown> = {};
  for (const setting of settings) {
    const variable = setting.environment.find((name) => environment[name] !== undefined && environment[name] !== "");
    const fromFlag = flags[setting.key];
    const [source, value] =
      fromFlag !== undefined
        ? [setting.flags.split(" ", 1)[0], fromFlag]
        : variable !== undefined
          ? [variable, environment[variable]]
          : ["default", setting.fallback()];
    const result = setting.schema.safeParse(value);
    if (!result.success)
      throw new ConfigError(`${source}: ${result.error.issues[0]?.message ?? "wrong value"} (got “${value}”)`);
    values[setting.key] = result.data;
  }
  const config = values as unknown as RelayConfig;
  if (!isLoopbackHost(config.host) && config.publicUrl === undefined) {
    throw new ConfigError(
      "--public-url: needed where --host is not a loopback address, so that only its pages may sign in",
    );
  }
  return config;
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && pathname === "/" && search === "" && hash === "";
}

/** `BATON_HOME`, or the data folder of the user, as the other parts use it. */
function defaultDataFolder(): string {
  const home = process.env.BATON_HOME;
  return join(home ? join(home, "data") : envPaths("baton", { suffix: "" }).data, "relay");
}
