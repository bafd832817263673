import { artifact } from "#test/support/dist";
import { startProcess, type TestProcess } from "#test/support/processes";
import { type TempFolder, tempFolder } from "#test/support/temp";

/** A real relay process on a free port. */
export interface TestRelay extends AsyncDisposable {
  readonly url: string;
  /** Signs the first owner in; undefined once an owner has signed in. */
  readonly link: string | undefined;
  readonly pid: number;
  readonly dataFolder: string;
  /** Everything that it logged so far. */
  readonly log: () => string;
  /** SIGTERM. @returns its exit code */
  readonly stop: () => Promise<number | null>;
  /** SIGKILL: as if the machine had gone. */
  readonly kill9: () => Promise<void>;
  /** Settles when the process has ended, whoever ended it. */
  readonly exited: TestProcess["exited"];
}

export interface TestRelayOptions {
  /** Default: a throw-away folder, which goes with the relay. */
  readonly dataFolder?: string;
  /** Default: any free one. */
  readonly port?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
}

interface Ready {
  readonly event: "ready";
  readonly url: string;
  readonly link?: string;
}

/** Starts `baton-relay` as a person would, and waits until it serves. */
export async function startRelayProcess(options: TestRelayOptions = {}): Promise<TestRelay> {
  const { port = 0, env = {}, args = [], nodeArgs = [] } = options;
  const temp: TempFolder | undefined = options.dataFolder === undefined ? tempFolder("relay") : undefined;
  const dataFolder = options.dataFolder ?? temp?.at("data") ?? "";
  const child = startProcess(
    [
      process.execPath,
      ...nodeArgs,
      artifact("relay"),
      "serve",
      "--json",
      "--port",
      String(port),
      "--data",
      dataFolder,
      ...args,
    ],
    { env: { PORT: undefined, ...env } },
  );
  const ready = await child.line((line) => (line.startsWith("{") ? (JSON.parse(line) as Ready) : undefined));
  const stop = async () => {
    await child.stop();
    temp?.remove();
    return (await child.exited).code;
  };
  return {
    url: ready.url,
    link: ready.link,
    pid: child.pid,
    dataFolder,
    log: child.stderr,
    stop,
    kill9: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
    exited: child.exited,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}
