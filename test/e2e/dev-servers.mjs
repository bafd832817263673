import { installPinned } from "../support/pinned-packages.mjs";

/** Installs the real dev servers whose pages the tests look at, once, into the cache of this machine. */
export const installDevServers = () => installPinned("dev-servers", { pins, installScripts: [] });

/** Exact versions by package. */
const pins = {
  vite: { version: "7.3.8" },
  webpack: { version: "5.112.2" },
  "webpack-cli": { version: "6.0.1" },
  "webpack-dev-server": { version: "5.2.7" },
};
