import * as z from "zod";
import type { SeenFolder } from "#runner/node/projects/seen-folder";

/** A part that is not as it should be is left out; the rest counts. */
const texts = z
  .record(z.string(), z.unknown())
  .transform((all) =>
    Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => typeof entry[1] === "string")),
  )
  .catch({});
const text = z.string().optional().catch(undefined);

const PackageManifest = z.object({
  name: text,
  main: text,
  packageManager: text,
  scripts: texts,
  dependencies: texts,
  devDependencies: texts,
});
export type PackageManifest = z.infer<typeof PackageManifest>;

/** @returns undefined where there is none, or none that can be read */
export async function readManifest(folder: SeenFolder): Promise<PackageManifest | undefined> {
  const content = folder.files.has("package.json") ? await folder.read("package.json") : undefined;
  if (content === undefined) return undefined;
  try {
    return PackageManifest.safeParse(JSON.parse(content)).data;
  } catch {
    // It is damaged, or somebody is writing it.
    return undefined;
  }
}
