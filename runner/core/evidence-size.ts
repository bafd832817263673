import { maxEvidenceJsonBytes, maxPathLength } from "#protocol/caps";
import { jsonBytes } from "#protocol/documents/fields";
import type { Evidence } from "#protocol/evidence";

/**
 * Evidence that a record takes: the ends of its lists are left out until it does. Names can be larger than they look,
 * and who names files must not be able to have what is known of a run refused as a whole. The sums stay.
 */
export function withinCap(evidence: Evidence): Evidence {
  const { diagnostics, git, tasks } = evidence;
  let fitting: Evidence = {
    ...evidence,
    ...(diagnostics && { diagnostics: { ...diagnostics, files: diagnostics.files.filter(hasShortPath) } }),
    ...(git && { git: { ...git, files: git.files.filter(hasShortPath) } }),
    ...(tasks && { tasks: [...tasks] }),
  };
  while (jsonBytes(fitting) > maxEvidenceJsonBytes) {
    const shorter = withShorterList(fitting);
    if (!shorter) break;
    fitting = shorter;
  }
  return fitting;
}

const hasShortPath = ({ path }: { readonly path: string }): boolean => path.length <= maxPathLength;
const half = <T>(list: readonly T[]): T[] => list.slice(0, Math.floor(list.length / 2));

/** The list that takes most room is halved. @returns undefined where all are empty */
function withShorterList(evidence: Evidence): Evidence | undefined {
  const { diagnostics, git, tasks } = evidence;
  const rows = [
    { list: git?.files, shorter: () => git && { ...evidence, git: { ...git, files: half(git.files) } } },
    {
      list: diagnostics?.files,
      shorter: () => diagnostics && { ...evidence, diagnostics: { ...diagnostics, files: half(diagnostics.files) } },
    },
    { list: tasks, shorter: () => tasks && { ...evidence, tasks: half(tasks) } },
  ].filter(({ list = [] }) => list.length > 0);
  const [longest] = rows.sort((a, b) => jsonBytes(b.list) - jsonBytes(a.list));
  return longest?.shorter();
}
