import type { ListedTemplate } from "#protocol/documents";
import { builtInTemplates } from "#runner/node/templates/templates";

/** The templates that a project can begin with in this window. */
export interface TemplateShelf {
  /** Those that are known. */
  known(): readonly ListedTemplate[];
  /** Looks again; nobody but the relays is asked, and one that does not answer has none. */
  look(): Promise<readonly ListedTemplate[]>;
}

interface TemplateShelfDeps {
  /** The folder of the built artifacts. */
  readonly built: string;
  /** The lists of the teams that this window knows. */
  team(): Promise<readonly ListedTemplate[]>;
  readonly changed: () => void;
}

export function createTemplateShelf({ built, team, changed }: TemplateShelfDeps): TemplateShelf {
  let known: readonly ListedTemplate[] = [];
  return {
    known: () => known,
    async look() {
      const [own, theirs] = await Promise.all([builtInTemplates(built), team()]);
      known = mergeTemplates(
        own.map((one) => ({ ...one, origin: "built-in" as const })),
        theirs,
      );
      changed();
      return known;
    },
  };
}

/** Where both have an id, the team's takes the place of the built-in one. */
export function mergeTemplates(
  builtIn: readonly ListedTemplate[],
  team: readonly ListedTemplate[],
): readonly ListedTemplate[] {
  const ids = new Set(team.map(({ id }) => id));
  return [...team, ...builtIn.filter(({ id }) => !ids.has(id))];
}
