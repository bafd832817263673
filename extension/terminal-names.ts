/** What the terminal of a run is called while somebody else types into it. */
export const typedName = (title: string, by: string): string => `${title} (${by}${by && " is typing)"}`;

/** … and when the run is over. */
export const endedName = (title: string, isGood: boolean): string => `${isGood ? "✓" : "✗"} ${title}`;
