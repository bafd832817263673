import { realpathSync } from "node:fs";
import {
  version as editorVersion,
  env,
  type LogOutputChannel,
  type Memento,
  type WorkspaceFolder,
  workspace,
} from "vscode";
import type { Cloudflare } from "#extension/cloudflare/cloudflare";
import { editorNetwork } from "#extension/connect/editor-network";
import type { Pairing } from "#extension/connect/pairing-store";
import { createEditorEvidence } from "#extension/evidence/editor-evidence";
import { keeperNode } from "#extension/keeper-node";
import { createLog } from "#extension/output-log";
import { createEditorPorts, type EditorPorts } from "#extension/previews/port-rules";
import type { Questions } from "#extension/prompts/questions";
import { editorRules } from "#extension/settings";
import { openWorkspaceFile } from "#extension/workspace-file";
import { BatonError } from "#protocol/errors";
import { loadConfig, profilesOf } from "#runner/node/config";
import { signProof } from "#runner/node/device-key";
import { batonDirs } from "#runner/node/dirs";
import { findExecutable } from "#runner/node/find-executable";
import { createNodeHost, type NodeHost } from "#runner/node/host";
import { loadIdentity } from "#runner/node/identity";
import { createKeeperClient, type KeeperClient } from "#runner/node/keeper-client";
import { createLoginEnvironment } from "#runner/node/login-shell";
import { createRules } from "#runner/node/rules";

interface EditorHostOptions {
  readonly folder: WorkspaceFolder;
  readonly output: LogOutputChannel;
  readonly questions: Questions;
  readonly cloudflare: Cloudflare;
  /** Of this workspace. */
  readonly memory: Memento;
  readonly version: string;
  /** The pairing as of now, whose key proves this device. */
  readonly pairing: () => Pairing | undefined;
  readonly fail: (error: unknown) => void;
}

export interface EditorHost extends NodeHost {
  readonly ports: EditorPorts;
  dispose(): void;
}

/**
 * The runner's surroundings in VS Code: those of plain Node, with the editor's trust, settings, questions and secrets.
 * @throws BatonError `profile_invalid` where the user's configuration cannot be read
 */
export async function createEditorHost(options: EditorHostOptions): Promise<EditorHost> {
  const { folder, questions, version, pairing, fail } = options;
  const dirs = batonDirs();
  const path = realpathSync(folder.uri.fsPath);
  const log = createLog(options.output, folder.name);
  const config = loadConfig(dirs);
  // What may fail comes before what has to be closed again: a folder that cannot be opened is tried every few seconds.
  const identity = loadIdentity(dirs, fail);
  const runnerId = identity.runnerIdOf(path);
  const workspaceFile = openWorkspaceFile(dirs, path, { changed: (file) => rules.replace(config, file), fail });
  const profiles = () => profilesOf(config, workspaceFile.current().accepted);
  const rules = createRules({ config, workspace: workspaceFile.current() }, () => profiles().map((one) => one.id));
  const environment = createLoginEnvironment(log);
  const keeper = lazyKeeper(async () =>
    createKeeperClient({
      dataFolder: dirs.data,
      built: import.meta.dirname,
      productVersion: version,
      client: `${env.appName} ${editorVersion}`,
      nodeExecutable: await keeperNode(dirs, await environment(), log),
    }),
  );
  const node = createNodeHost({
    dirs,
    folder: path,
    version,
    log,
    identity,
    runnerId,
    keeper,
    rules,
    name: folder.name,
    built: import.meta.dirname,
    profiles,
    environment,
    allowedFolders: () => config.folders,
    allowedPorts: () => config.previewPorts,
    passEnvironment: () => config.passEnvironment,
    templateSources: () => config.templateSources,
    ask: questions.ask,
    network: editorNetwork,
    wishes: { editor: `${env.appName} ${editorVersion}` },
  });
  const ports = createEditorPorts({
    folder: folder.name,
    memory: options.memory,
    key: runnerId,
    configured: () => config.previewPorts,
  });
  const evidence = createEditorEvidence({
    folder: folder.uri.fsPath,
    served: path,
    git: async () => findExecutable("git", await environment()),
    log,
  });
  return {
    ...node,
    tunnels: options.cloudflare.tunnelsOf({ name: folder.name, path }),
    evidence,
    ports,
    rules: editorRules(rules, fail),
    trusted: () => workspace.isTrusted,
    async sign(proof) {
      const key = pairing()?.key;
      if (!key) throw new BatonError("signature_invalid");
      return signProof(key, proof);
    },
    dispose() {
      evidence.dispose();
      ports.dispose();
      workspaceFile.dispose();
    },
  };
}

/** Which Node runs the keeper is known only after the login shell has answered. */
function lazyKeeper(make: () => Promise<KeeperClient>): KeeperClient {
  let made: Promise<KeeperClient> | undefined;
  const client = () => {
    // A failure is not kept: the next attempt asks the login shell again.
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return {
    connect: async () => (await client()).connect(),
    connectIfThere: async () => (await client()).connectIfThere(),
    connectOlder: async () => (await client()).connectOlder(),
  };
}
