/** A table; cells are escaped, so that a type with a bar in it stays one cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export const code = (text: string): string => `\`${text}\``;

const KiB = 1024;

/** A number with its unit, as the name of its constant tells it. */
export function quantity(name: string, value: number): string {
  if (/bytes(PerSecond)?$/i.test(name)) return `${bytes(value)}${/PerSecond$/.test(name) ? "/s" : ""}`;
  if (/ms$/i.test(name)) return duration(value);
  return value.toLocaleString("en-US");
}

function bytes(value: number): string {
  for (const [unit, name] of [
    [KiB * KiB, "MiB"],
    [KiB, "KiB"],
  ] as const) {
    if (value >= unit && value % unit === 0) return `${value / unit} ${name}`;
  }
  return value > KiB * KiB ? `1 MiB + ${value - KiB * KiB} bytes` : `${value.toLocaleString("en-US")} bytes`;
}

function duration(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours >= 48) return `${hours / 24} days`;
  if (hours >= 1) return `${hours} h`;
  return ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`;
}
