import type { Memento } from "vscode";
import { maxAllowedPorts, maxPortQuestions } from "#extension/caps";
import { editorNetwork } from "#extension/connect/editor-network";
import type { Disposable } from "#extension/disposables";
import { notify } from "#extension/notify";
import type { Actor } from "#protocol/payloads";
import { plainLine } from "#protocol/plain-text";
import type { PortRules } from "#runner/core/host";
import { openTunnel } from "#runner/node/previews/open-tunnel";

/** The ports that the person here has said yes to, for one folder, across windows. */
export interface EditorPorts extends PortRules, Disposable {
  allow(port: number): Promise<void>;
  /** The next one who wants to see it asks again. */
  forget(port: number): Promise<void>;
}

interface EditorPortsOptions {
  /** As the person reads it. */
  readonly folder: string;
  /** Of this workspace. */
  readonly memory: Memento;
  readonly key: string;
  /** Those of the user's own configuration. */
  readonly configured: () => readonly number[];
}

const show = "Show";
const decline = "Don't Show";

export function createEditorPorts({ folder, memory, key, configured }: EditorPortsOptions): EditorPorts {
  const name = `baton.allowedPorts.${key}`;
  let isDisposed = false;
  const allowed = (): readonly number[] => memory.get<readonly number[]>(name) ?? [];
  const allow = async (port: number) => {
    await memory.update(name, [port, ...allowed().filter((one) => one !== port)].slice(0, maxAllowedPorts));
  };
  /** Everybody who asks for one port hears the same answer. */
  const asking = new Map<number, Promise<boolean>>();
  const ask = async (port: number, by: Actor): Promise<boolean> => {
    const who = plainLine(by.name ?? "Somebody");
    const text = `${who} wants to see what answers at port ${port} of this computer, in ${folder}.`;
    if ((await notify("info", text, show, decline)) !== show || isDisposed) return false;
    await allow(port);
    return true;
  };

  return {
    isAllowed: (port) => configured().includes(port) || allowed().includes(port),
    ask(port, by) {
      if (!asking.has(port) && asking.size >= maxPortQuestions) return Promise.resolve(false);
      const asked = asking.get(port) ?? ask(port, by).finally(() => asking.delete(port));
      asking.set(port, asked);
      return asked;
    },
    serve: (tunnel) => openTunnel({ ...tunnel, network: editorNetwork() }),
    allow,
    async forget(port) {
      await memory.update(
        name,
        allowed().filter((one) => one !== port),
      );
    },
    dispose() {
      isDisposed = true;
    },
  };
}
