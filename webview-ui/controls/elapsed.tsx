import { age, agoText, duration } from "../model/format";
import { useNow } from "../model/hooks";

/** A time that runs. */
export function Elapsed({ since }: { readonly since: number }) {
  return <>{duration(useNow() - since)}</>;
}

/** How long ago, renewed every few seconds. */
export function Ago({ at }: { readonly at: number }) {
  return <>{age(useNow(5_000) - at)}</>;
}

/** The same with the word: just now, 3 min ago. */
export function Since({ at }: { readonly at: number }) {
  return <>{agoText(useNow(5_000) - at)}</>;
}
