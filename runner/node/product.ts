import { version } from "../../package.json";

/** The version of this product. */
export const productVersion: string = version;
