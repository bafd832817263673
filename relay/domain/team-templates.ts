import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { type ListedTemplate, TeamTemplate } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { describeIssue } from "#protocol/json";
import { maxTeamTemplates, maxTemplatesFileBytes } from "#relay/caps";
import { builtInTemplates } from "#relay/domain/built-in-templates";
import { replaceFile } from "#relay/domain/identity";
import { errorCodeOf } from "#relay/store/embedded/disk";
import { Serial } from "#relay/store/embedded/serial";
import { storageError } from "#relay/store/embedded/storage-error";

const fileName = "templates.json";

/** The file is written by the relay and by whoever runs it, so that it is read as anything from outside. */
const TemplatesFile = z.looseObject({
  v: z.literal(1),
  templates: z
    .array(TeamTemplate)
    .max(maxTeamTemplates)
    .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, "two of them have the same id"),
});
type TemplatesFile = z.infer<typeof TemplatesFile>;

/** The team's own list of templates, in a file of the data folder that its operator can write, too. */
export interface TeamTemplates {
  /** The built-in ones and the team's; of two with the same id the team's. */
  all(): Promise<ListedTemplate[]>;
  /** @throws BatonError `too_many`, `store_damaged`, `storage_full`, `storage_failed` */
  put(template: TeamTemplate): Promise<void>;
  /** @throws BatonError `not_found`, `store_damaged`, `storage_failed` */
  remove(id: string): Promise<void>;
}

/** @param warn is told once of each file that cannot be read; the list stays what it was then */
export function createTeamTemplates(
  dataFolder: string,
  warn: (details: object, message: string) => void,
): TeamTemplates {
  const path = join(dataFolder, fileName);
  let content: TemplatesFile = none;
  /** Which state of the file was looked at last, and what was wrong with it. */
  let seen: string | undefined;
  let damage: string | undefined;

  const look = async () => {
    const state = await stateOf(path);
    if (state === seen) return;
    seen = state;
    const read = state === undefined ? { content: none } : await readTemplates(path);
    damage = "damage" in read ? read.damage : undefined;
    if ("content" in read) content = read.content;
    else warn({ file: path, reason: damage }, "the team's templates cannot be read; the list stays what it was");
  };
  const write = async (templates: readonly TeamTemplate[]) => {
    const next = { ...content, templates: [...templates] };
    try {
      await replaceFile(dataFolder, fileName, JSON.stringify(next, null, 2));
    } catch (error) {
      throw storageError(error);
    }
    await look();
  };
  const one = new Serial();
  /** One after the other, each on what is in the file now. What an operator was about to write is not lost. */
  const change = (make: (templates: readonly TeamTemplate[]) => readonly TeamTemplate[]) =>
    one.run(async () => {
      await look();
      if (damage !== undefined) throw new BatonError("store_damaged", { file: fileName, reason: damage });
      await write(make(content.templates));
    });

  return {
    async all() {
      await one.run(look);
      const own = new Set(content.templates.map(({ id }) => id));
      const team = content.templates.map((template) => ({ ...template, origin: "team" as const }));
      return [...builtInTemplates.filter(({ id }) => !own.has(id)), ...team];
    },
    put: (template) =>
      change((templates) => {
        const others = templates.filter(({ id }) => id !== template.id);
        if (others.length >= maxTeamTemplates)
          throw new BatonError("too_many", { what: "templates", max: maxTeamTemplates });
        const at = templates.findIndex(({ id }) => id === template.id);
        return at < 0 ? [...others, template] : templates.with(at, template);
      }),
    remove: (id) =>
      change((templates) => {
        const others = templates.filter((one) => one.id !== id);
        if (others.length === templates.length) throw new BatonError("not_found", { what: "template" });
        return others;
      }),
  };
}

const none: TemplatesFile = { v: 1, templates: [] };

async function readTemplates(path: string): Promise<{ content: TemplatesFile } | { damage: string }> {
  try {
    const { size } = await stat(path);
    if (size > maxTemplatesFileBytes) return { damage: `it has more than ${maxTemplatesFileBytes} bytes` };
    const result = TemplatesFile.safeParse(JSON.parse(await readFile(path, "utf8")));
    return result.success ? { content: result.data } : { damage: describeIssue(result.error) };
  } catch (error) {
    return { damage: error instanceof SyntaxError ? "it is no JSON" : String(errorCodeOf(error) ?? error) };
  }
}

/** Another one after every change; undefined where no file is. */
async function stateOf(path: string): Promise<string | undefined> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(path);
    return [mtimeMs, ctimeMs, size, ino].join(" ");
  } catch (error) {
    return errorCodeOf(error) === "ENOENT" ? undefined : String(errorCodeOf(error) ?? error);
  }
}
