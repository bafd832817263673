/** Keys that a phone's keyboard lacks, as a terminal sends them: in normal and in application cursor mode. */
export const softKeys = {
  Esc: ["\u001b", "\u001b"],
  Tab: ["\t", "\t"],
  Up: ["\u001b[A", "\u001bOA"],
  Down: ["\u001b[B", "\u001bOB"],
  Left: ["\u001b[D", "\u001bOD"],
  Right: ["\u001b[C", "\u001bOC"],
} as const;
export type SoftKey = keyof typeof softKeys;

/** The character that Ctrl makes of a letter; everything else stays. */
export function withControl(data: string): string {
  const code = data.toUpperCase().charCodeAt(0);
  return data.length === 1 && code >= 0x40 && code <= 0x5f ? String.fromCharCode(code & 0x1f) : data;
}
