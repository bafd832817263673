import { existsSync, readdirSync } from "node:fs";

const folder = ["/proc/self/fd", "/dev/fd"].find(existsSync);

/** How many files this process has open; 0 where the system does not say. */
export const countOpenFiles = (): number => (folder ? readdirSync(folder).length : 0);
