import { age, duration } from "../model/format";
import { useNow } from "../model/hooks";

/** A time that runs. */
export function Elapsed({ since }: { readonly since: number }) {
  return <>{duration(useNow() - since)}</>;
}

/** How long ago, renewed every few seconds. */
export function Ago({ at }: { readonly at: number }) {
  return <>{age(useNow(5_000) - at)}</>;
}
