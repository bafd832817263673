import { maxListBytes } from "#relay/caps";

/** The first documents of a list that fit into one answer together, as JSON; one at least, where there is one. */
export function fitting<T>(documents: readonly T[]): T[] {
  let bytes = 0;
  const tooMuch = documents.findIndex((document, index) => {
    bytes += Buffer.byteLength(JSON.stringify(document));
    return bytes > maxListBytes && index > 0;
  });
  return documents.slice(0, tooMuch < 0 ? documents.length : tooMuch);
}
