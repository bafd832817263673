import type { Member, Prompt, Run } from "#protocol/documents";
import type { Change, Store } from "#relay/store/store";

/** What a store should hold, kept in the plainest way. */
export interface DocumentModel {
  readonly members: Map<string, Member>;
  readonly prompts: Map<string, Prompt>;
  readonly runs: Map<string, Run>;
  readonly archived: Map<string, Run>;
}

export function modelOf(commits: readonly (readonly Change[])[]): DocumentModel {
  const model: DocumentModel = { members: new Map(), prompts: new Map(), runs: new Map(), archived: new Map() };
  for (const change of commits.flat()) {
    const open: Map<string, { rev: number }> | undefined = collectionOf(model, change.collection);
    if ("remove" in change) open.delete(change.remove);
    else if ("put" in change) {
      const stored = open.get(change.put.id) ?? model.archived.get(change.put.id) ?? change.put;
      model.archived.delete(change.put.id);
      open.set(change.put.id, { ...change.put, rev: stored.rev + 1 });
    } else {
      const stored = open.get(change.archive.id) ?? model.archived.get(change.archive.id) ?? change.archive;
      open.delete(change.archive.id);
      model.archived.set(change.archive.id, { ...(change.archive as Run), rev: stored.rev + 1 });
    }
  }
  return model;
}

function collectionOf(model: DocumentModel, name: Change["collection"]): Map<string, { rev: number }> {
  if (name === "members" || name === "prompts" || name === "runs") return model[name];
  throw new Error(`the model has no ${name}`);
}

/** What a store holds, in the form of the model. */
export async function readModel(store: Store): Promise<DocumentModel> {
  const archived: Run[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.archive.page({ limit: 7, matches: () => true, ...(cursor !== undefined && { cursor }) });
    archived.push(...page.runs);
    cursor = page.next;
  } while (cursor !== undefined);
  return {
    members: byId(store.documents.all("members")),
    prompts: byId(store.documents.all("prompts")),
    runs: byId(store.documents.all("runs")),
    archived: byId(archived),
  };
}

/** The model as something to compare: open documents in their order, archived ones by id. */
export const comparable = ({ members, prompts, runs, archived }: DocumentModel) => ({
  members: [...members.values()],
  prompts: [...prompts.values()],
  runs: [...runs.values()],
  archived: [...archived.values()].sort((a, b) => (a.id < b.id ? 1 : -1)),
});

/** Whoever changes an archived run has read it, so the change carries its revision. */
export function asSeen(changes: readonly Change[], model: DocumentModel): Change[] {
  return changes.map((change) => {
    if (change.collection !== "runs" || "remove" in change) return change;
    const given = "put" in change ? change.put : change.archive;
    const seen = { ...given, rev: model.archived.get(given.id)?.rev ?? given.rev };
    return "put" in change ? { collection: "runs", put: seen } : { collection: "runs", archive: seen };
  });
}

const byId = <T extends { readonly id: string }>(documents: readonly T[]) =>
  new Map(documents.map((document) => [document.id, document]));
