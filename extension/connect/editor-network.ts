import { workspace } from "vscode";
import type { NetworkSettings } from "#runner/node/network";

/**
 * The editor's proxy and certificates, as its settings have them now. Values of a workspace do not count: a folder must
 * not send the relay's traffic elsewhere.
 */
export function editorNetwork(): NetworkSettings {
  const http = workspace.getConfiguration("http");
  const own = <T>(name: string): T | undefined => {
    const found = http.inspect<T>(name);
    return found?.globalValue ?? found?.defaultValue;
  };
  const isOn = own<string>("proxySupport") !== "off";
  const proxy = isOn ? own<string>("proxy") : undefined;
  return {
    ...(proxy && { proxy, noProxy: own<string[]>("noProxy") ?? [] }),
    isStrict: own<boolean>("proxyStrictSSL") ?? true,
    usesSystemCertificates: own<boolean>("systemCertificates") ?? true,
  };
}
