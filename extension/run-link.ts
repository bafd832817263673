import { notify } from "#extension/notify";

/** The id of the run that the path of a link names: `/runs/run_…`. Links name, and never do. */
export const runIdIn = (path: string): string | undefined => /^\/runs\/(run_[0-9a-f]{32})\/?$/.exec(path)?.[1];

export const tellOfOddLink = () => void notify("warning", "This link names nothing that Baton knows.");
