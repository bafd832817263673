import "#relay/small-heap";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { BatonError } from "#protocol/errors";
import { Role } from "#protocol/roles";
import { startRelay } from "#relay/app";
import { addOptions, ConfigError, type RelayConfig, readConfig, settings } from "#relay/config";
import { collectWhenQuiet } from "#relay/memory";
import { readServerFile } from "#relay/server-file";
import { relayVersion } from "#relay/version";

const exitCodes = { failed: 1, wrongUse: 2 } as const;
const allSettings = settings.map(({ key }) => key);

main(process.argv).catch((error: unknown) => {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exitCodes.wrongUse;
  else {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = error instanceof ConfigError ? exitCodes.wrongUse : exitCodes.failed;
  }
});

async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("baton-relay")
    .description("The server of Baton: accounts, queue, run logs and fan-out. It never executes anything.")
    .version(relayVersion, "-V, --version", "print the version")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(withHint(text)) })
    .showSuggestionAfterError(false);

  const start = program.command("serve", { isDefault: true }).description("start the relay (the default)");
  addOptions(start, allSettings).action(serve);
  program.addHelpText(
    "after",
    () => `\nserve, the default:\n${start.helpInformation().replace(/^.*?(?=Options:)/s, "")}`,
  );
  addOptions(
    program.command("link <name>").description("print a one-time link that signs NAME in; a new name is a new member"),
    ["data", "json"],
  )
    .addOption(
      new Option("--role <role>", "of a new member: viewer, prompter, approver or owner")
        .argParser(parseRole)
        .default("owner")
        .env("BATON_LINK_ROLE"),
    )
    .action(link);
  addOptions(program.command("join-token").description("print a token that pairs machines without a person"), [
    "data",
    "json",
  ])
    .addOption(
      new Option("--uses <number>", "how many machines")
        .argParser(parseWhole(1, 1_000))
        .default(1)
        .env("BATON_JOIN_USES"),
    )
    .addOption(
      new Option("--hours <number>", "how long it works")
        .argParser(parseWhole(1, 366 * 24))
        .default(24)
        .env("BATON_JOIN_HOURS"),
    )
    .addOption(new Option("--label <label...>", "labels of its runners").argParser(addLabels).env("BATON_JOIN_LABELS"))
    .action(joinToken);
  program
    .command("version")
    .description("print the version")
    .action(() => print(relayVersion));
  const [name] = argv.slice(2);
  // The default command would take it for an argument of its own.
  if (name && !name.startsWith("-") && ![...program.commands.map((one) => one.name()), "help"].includes(name)) {
    program.error(`error: unknown command '${name}'`, { code: "commander.unknownCommand" });
  }
  await program.parseAsync(argv);
}

/** A failure of the command line itself also says where the right one stands. */
function withHint(text: string): string {
  const isUse = /^error: (unknown|missing|too many|required) (option|command|required argument|argument)/.test(text);
  return isUse ? `${text.trimEnd()}; see “baton-relay --help”\n` : text;
}

async function serve(flags: Record<string, unknown>): Promise<void> {
  const config = readConfig(flags, process.env);
  const relay = await startRelay(config).catch((error: unknown) => refuseStart(config, error));
  collectWhenQuiet();
  const stop = () => {
    relay.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${messageOf(error)}\n`);
        process.exit(exitCodes.failed);
      },
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  if (config.json) {
    print(
      JSON.stringify({
        event: "ready",
        url: relay.url,
        link: relay.ownerLink,
        owner: relay.ownerName,
        data: config.data,
        pid: process.pid,
      }),
    );
    return;
  }
  print(`Baton relay ${relayVersion} serves at ${relay.url}`);
  if (relay.ownerLink) print(`Sign in, once: ${relay.ownerLink}`);
  print(`Data: ${config.data}\nStop it with Ctrl-C.`);
}

/** Says where the relay is that has the folder already, since that is what its user looks for. */
async function refuseStart({ data, json }: RelayConfig, error: unknown): Promise<never> {
  const isTaken = error instanceof BatonError && error.code === "store_locked";
  const other = isTaken ? await readServerFile(data) : undefined;
  if (!other) throw error;
  if (json) print(JSON.stringify({ event: "taken", url: other.url, pid: other.pid, data }));
  throw new Error(`${messageOf(error)} It serves at ${other.url}`);
}

async function link(name: string, flags: { role: string }): Promise<void> {
  const config = readConfig(flags, process.env);
  const answer = await callServer(config, "/api/server/links", { name, role: flags.role });
  print(config.json ? JSON.stringify(answer) : String(answer.url));
}

async function joinToken(flags: { uses: number; hours: number; label?: string[] }): Promise<void> {
  const config = readConfig(flags as never, process.env);
  const answer = await callServer(config, "/api/server/join-tokens", {
    uses: flags.uses,
    expiresInMs: flags.hours * 60 * 60 * 1000,
    labels: flags.label ?? [],
  });
  print(config.json ? JSON.stringify(answer) : String(answer.secret));
}

/** Asks the relay that runs on this machine with this data folder. */
async function callServer({ data }: RelayConfig, path: string, body: object): Promise<Record<string, unknown>> {
  const server = await readServerFile(data);
  if (!server)
    throw new Error(`No relay runs with the data folder ${data}. Start it first, or name its folder with --data.`);
  const response = await fetch(new URL(path, server.url), {
    method: "POST",
    headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch((error: unknown) => {
    throw new Error(`The relay at ${server.url} does not answer (${error instanceof Error ? error.message : error}).`);
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(String(answer.title ?? `The relay answered ${response.status}.`));
  return answer;
}

/** Several labels come one by one, or in the variable with commas between them. */
const addLabels = (text: string, before: string[] = []): string[] => [...before, ...text.split(",")];

function parseRole(text: string): string {
  const role = Role.safeParse(text);
  if (!role.success) throw new InvalidArgumentError("expected viewer, prompter, approver or owner");
  return role.data;
}

function parseWhole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const isRight = Number.isInteger(value) && value >= min && value <= max;
    if (!isRight) throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
    return value;
  };
}

function messageOf(error: unknown): string {
  if (error instanceof BatonError || error instanceof ConfigError) return error.message;
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
    return `--port: ${(error as { port?: number }).port} is taken by another program. Name another one.`;
  }
  if (error instanceof Error && "syscall" in error && error.syscall === "mkdir") {
    const { path, code } = error as NodeJS.ErrnoException;
    return `--data: the folder ${path} cannot be made (${code}). Name another one.`;
  }
  return error instanceof Error ? error.message : String(error);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
