/** One measured figure beside what it has to reach and, where there is one, a peer that was measured in the same run. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What `value`, or `ratio` where there is one, has to reach, as a person reads it: `≤ 1.5`, `≥ 0.6 ×`. */
  readonly reach: string;
  readonly ok: boolean;
  readonly peer?: { readonly name: string; readonly value: number };
  /** `value` divided by the peer's. */
  readonly ratio?: number;
}

/** A group of rows that are measured together, as `npm run bench -- NAME` names it. */
export interface BenchGroup {
  readonly name: string;
  readonly about: string;
  /** @param log a line for the person who waits; the rows are printed by the caller */
  readonly run: (log: (line: string) => void) => Promise<Row[]>;
}

interface Measured {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly peer?: { readonly name: string; readonly value: number };
}

/** A row whose value may be at most `limit`. */
export const atMost = (limit: number, row: Measured): Row => ({
  ...withRatio(row),
  reach: `≤ ${limit}`,
  ok: row.value <= limit,
});

/** A row whose value has to be at least `limit`. */
export const atLeast = (limit: number, row: Measured): Row => ({
  ...withRatio(row),
  reach: `≥ ${limit}`,
  ok: row.value >= limit,
});

/** A row whose value has to be at least `factor` of its peer's. */
export function atLeastOfPeer(factor: number, row: Measured & { readonly peer: NonNullable<Measured["peer"]> }): Row {
  const made = withRatio(row);
  return { ...made, reach: `≥ ${factor} × ${row.peer.name}`, ok: (made.ratio ?? 0) >= factor };
}

/** A row that stands for itself, without a figure to reach. */
export const forTheRecord = (row: Measured): Row => ({ ...withRatio(row), reach: "", ok: true });

function withRatio(row: Measured): Measured & { readonly ratio?: number } {
  return row.peer && row.peer.value > 0 ? { ...row, ratio: row.value / row.peer.value } : row;
}
