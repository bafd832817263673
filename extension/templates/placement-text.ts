import { maxListedFiles } from "#extension/caps";
import { plainLine } from "#protocol/plain-text";
import type { Placement } from "#runner/node/templates/templates";

/** What placing a template would do to a folder that has files, for a dialog. */
export function placementText({ creates, changes }: Placement): string {
  const rest = "Every other file stays as it is.";
  const parts = [
    changes.length > 0 && `${counted(changes.length)} would be replaced:\n${listed(changes)}`,
    creates.length > 0 && `${counted(creates.length)} would be new:\n${listed(creates)}`,
    creates.length + changes.length === 0 ? "All of its files are there already." : rest,
  ];
  return parts.filter(Boolean).join("\n\n");
}

/** The button that agrees to it. */
export const placementChoice = ({ changes }: Placement): string =>
  changes.length > 0 ? `Replace ${counted(changes.length)}` : "Add Its Files";

const counted = (files: number): string => (files === 1 ? "1 file" : `${files} files`);

function listed(paths: readonly string[]): string {
  const shown = paths.slice(0, maxListedFiles).map((path) => plainLine(path));
  const more = paths.length - shown.length;
  return [...shown, ...(more > 0 ? [`… and ${counted(more)} more`] : [])].join("\n");
}
