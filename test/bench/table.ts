import type { Row } from "./row.ts";

/** Rows as a table for a terminal. */
export function formatRows(rows: readonly Row[]): string {
  const cells = [
    ["", "what", "value", "", "to reach", "beside", "ratio"],
    ...rows.map((row) => [
      row.ok ? "ok" : "NOT",
      row.name,
      figure(row.value),
      row.unit,
      row.reach,
      row.peer ? `${row.peer.name}: ${figure(row.peer.value)}` : "",
      row.ratio === undefined ? "" : row.ratio.toFixed(2),
    ]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  const rightAligned = new Set([2, 6]);
  return cells
    .map((line) =>
      line
        .map((cell, column) =>
          rightAligned.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
