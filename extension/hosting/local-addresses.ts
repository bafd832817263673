import { networkInterfaces } from "node:os";

/** The addresses by which other computers reach this one (IPv4, as people type them). */
export const localAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((rows) => rows ?? [])
    .filter((row) => row.family === "IPv4" && !row.internal)
    .map((row) => row.address);
