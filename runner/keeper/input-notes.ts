import type { Actor } from "#protocol/payloads";
import { inputRecordMs } from "#runner/keeper/caps";

/** Sums up typing into `input` records: who and how much, never what. */
export interface InputNotes {
  typed(by: Actor, bytes: number): void;
  flush(): void;
}

/** @param note takes one record's worth, at most once a second as long as the same person types */
export function createInputNotes(note: (by: Actor, bytes: number) => void): InputNotes {
  let open: { readonly by: Actor; bytes: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (!open) return;
    const { by, bytes } = open;
    open = undefined;
    note(by, bytes);
  };
  return {
    typed(by, bytes) {
      if (open && open.by !== by) flush();
      if (open) open.bytes += bytes;
      else open = { by, bytes };
      timer ??= setTimeout(flush, inputRecordMs);
    },
    flush,
  };
}
