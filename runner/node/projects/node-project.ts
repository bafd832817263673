import type { FindProject, FoundProject } from "#runner/node/projects/found-project";
import { type NodeFramework, nodeFrameworks } from "#runner/node/projects/node-frameworks";
import { packageManagerOf, scriptRunners } from "#runner/node/projects/package-manager";
import { type PackageManifest, readManifest } from "#runner/node/projects/package-manifest";
import {
  calls,
  isRuntime,
  otherScript,
  programOf,
  type ScriptProgram,
  sourceOf,
} from "#runner/node/projects/script-program";
import type { SeenFolder } from "#runner/node/projects/seen-folder";
import { portInConfig, portInEnvFile, portInScript, portInSource } from "#runner/node/projects/usual-port";

/** Scripts that start a server, the one for work first. */
const serverScripts = ["dev", "develop", "start", "serve", "preview"] as const;
/** What a package without such a script is started by. */
const serverFiles = ["server", "app", "index", "main"].flatMap((name) => [`${name}.js`, `${name}.mjs`, `${name}.cjs`]);

/** A folder with a `package.json` that has a script for its server, or a file with one. */
export const findNodeProject: FindProject = async (folder) => {
  const manifest = await readManifest(folder);
  if (!manifest) return undefined;
  const found = (await byScript(folder, manifest)) ?? (await byFile(folder, manifest));
  if (!found) return undefined;
  return { name: manifest.name, scripts: Object.keys(manifest.scripts), ...found };
};

async function byScript(folder: SeenFolder, manifest: PackageManifest): Promise<FoundProject | undefined> {
  const { scripts } = manifest;
  const script = serverScripts.find((name) => Object.hasOwn(scripts, name));
  if (script === undefined) return undefined;
  const { run, text, isDirect } = resolveScript(scripts[script] ?? "", scripts);
  const packageManager = await packageManagerOf(folder);
  const runner = scriptRunners[packageManager];
  const row = frameworkOf(run, manifest);
  const reaches = isDirect && run.takesArguments && row?.programs.some((called) => calls(run, called));
  return {
    packageManager,
    command: runner.run(script),
    framework: row?.id ?? (isRuntime(run) ? "node" : undefined),
    port: portInScript(text) ?? (await usualPort(folder, run, row)),
    ...(reaches && row?.portArguments !== undefined && { portArguments: runner.before + row.portArguments }),
  };
}

/** An app of a server's library that nobody wrote a script for. */
async function byFile(folder: SeenFolder, manifest: PackageManifest): Promise<FoundProject | undefined> {
  const row = nodeFrameworks.find((one) => one.programs.length === 0 && hasAny(manifest, one));
  const source = [manifest.main ?? "", ...serverFiles].find((file) => isPlainFile(file) && folder.files.has(file));
  if (!row || source === undefined) return undefined;
  const run = programOf(`node ${source}`);
  const [packageManager, port] = [await packageManagerOf(folder), await usualPort(folder, run, row)];
  return { packageManager, command: `node ${source}`, framework: row.id, port };
}

const isPlainFile = (file: string): boolean => /^\w[\w.-]*$/.test(file);

const maxScriptSteps = 3;
/** A script that only runs another one of the package says nothing itself. */
function resolveScript(script: string, scripts: Readonly<Record<string, string>>) {
  let text = script;
  let run = programOf(text);
  let isDirect = true;
  for (let step = 0; step < maxScriptSteps; step++) {
    const next = otherScript(run, scripts);
    if (next === undefined) break;
    text = next;
    run = programOf(text);
    isDirect = false;
  }
  return { run, text, isDirect };
}

/** What the script calls counts before what the package only depends on. */
function frameworkOf(run: ScriptProgram, manifest: PackageManifest): NodeFramework | undefined {
  const called = nodeFrameworks.filter((row) => row.programs.some((name) => calls(run, name)));
  const owned = nodeFrameworks.filter((row) => hasAny(manifest, row));
  const isOwnServer = isRuntime(run);
  return (
    called.find((row) => owned.includes(row)) ??
    called.find((row) => row.dependencies.includes(run.program)) ??
    called[0] ??
    (isOwnServer ? owned.find((row) => row.programs.length === 0) : undefined) ??
    owned[0]
  );
}

const hasAny = ({ dependencies, devDependencies }: PackageManifest, { dependencies: names }: NodeFramework) =>
  names.some((name) => Object.hasOwn(dependencies, name) || Object.hasOwn(devDependencies, name));

async function usualPort(
  folder: SeenFolder,
  run: ScriptProgram,
  row: NodeFramework | undefined,
): Promise<number | undefined> {
  const source = sourceOf(run);
  const inEnvFile = row?.readsEnvFile || source !== undefined ? await portInEnvFile(folder) : undefined;
  const inConfig = row?.config ? await portInConfig(folder, row.config) : undefined;
  const inSource = source === undefined ? undefined : await portInSource(folder, source);
  return inEnvFile ?? inConfig ?? inSource ?? row?.portOf?.[run.words[1] ?? ""] ?? row?.port;
}
