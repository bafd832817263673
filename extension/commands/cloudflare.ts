import { window } from "vscode";
import type { Cloudflare } from "#extension/cloudflare/cloudflare";
import { hostnameOf, tokenOf } from "#extension/cloudflare/named-tunnel";
import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import { say } from "#extension/notify";

/** A Cloudflare tunnel of the person's own, which keeps its address. */
export function cloudflareCommands({ named }: Pick<Cloudflare, "named">) {
  return {
    [commandIds.setTunnelToken]: async () => {
      const before = await named.read();
      const hostname = await window.showInputBox({
        title: "The Name of Your Cloudflare Tunnel",
        prompt: `The public hostname that you gave it in Cloudflare's dashboard.${before ? " Leave it empty to go back to quick tunnels." : ""}`,
        placeHolder: "preview.example.com",
        ...(before && { value: before.hostname }),
        ignoreFocusOut: true,
        validateInput: (text) =>
          hostnameOf(text) !== undefined || (before && text.trim() === "") ? undefined : "Type a host name.",
      });
      if (hostname === undefined) return;
      const name = hostnameOf(hostname);
      if (name === undefined) {
        await named.remove();
        return say("the Cloudflare tunnel's token was removed; quick tunnels are used");
      }
      const typed = await window.showInputBox({
        title: `The Token of ${name}`,
        prompt:
          "It is kept in this editor's secret storage. The whole command of Cloudflare's dashboard can be pasted.",
        password: true,
        ignoreFocusOut: true,
        validateInput: (text) => (tokenOf(text) !== undefined ? undefined : "This is no token of a Cloudflare tunnel."),
      });
      const token = typed === undefined ? undefined : tokenOf(typed);
      if (token === undefined) return;
      await named.write({ hostname: name, token });
      say(`ports that are shown from now on are at ${name}`);
    },
  } satisfies CommandRows;
}
