/** Why a program is held up: its terminal is not read for as long as there is a reason. */
export type HoldReason = "unacked" | "screen" | "disk" | "keys";

export interface Holds {
  has(reason: HoldReason): boolean;
  set(reason: HoldReason, on: boolean): void;
}

/** @param changed is called when the first reason comes and when the last one goes */
export function createHolds(changed: (isHeld: boolean) => void): Holds {
  const reasons = new Set<HoldReason>();
  return {
    has: (reason) => reasons.has(reason),
    set(reason, on) {
      const was = reasons.size > 0;
      if (on) reasons.add(reason);
      else reasons.delete(reason);
      const is = reasons.size > 0;
      if (is !== was) changed(is);
    },
  };
}
