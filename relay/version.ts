import { version } from "../package.json";

/** The version of this relay, from the package. */
export const relayVersion: string = version;
