import * as z from "zod";
import type { FindProject } from "#runner/node/projects/found-project";

const DenoManifest = z.object({
  name: z.string().optional().catch(undefined),
  tasks: z.record(z.string(), z.unknown()).catch({}),
});

/** A `deno.json` with a task for its server. One with comments in it says nothing. */
export const findDenoProject: FindProject = async (folder) => {
  const file = ["deno.json", "deno.jsonc"].find((name) => folder.files.has(name));
  const text = file === undefined ? undefined : await folder.read(file);
  if (text === undefined) return undefined;
  const manifest = parse(text);
  const task = ["dev", "start", "serve"].find((name) => Object.hasOwn(manifest?.tasks ?? {}, name));
  if (!manifest || task === undefined) return undefined;
  const command = `deno task ${task}`;
  const scripts = Object.keys(manifest.tasks);
  return { name: manifest.name, framework: "deno", packageManager: "deno", scripts, command, port: 8000 };
};

function parse(text: string): z.infer<typeof DenoManifest> | undefined {
  try {
    return DenoManifest.safeParse(JSON.parse(text)).data;
  } catch {
    // It is damaged, or has comments.
    return undefined;
  }
}
