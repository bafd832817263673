/** Whether a text holds every word of a search, in any order and either case; a search without words finds all. */
export function holdsWords(search: string | undefined): (text: string) => boolean {
  const words = (search ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return (text) => {
    if (words.length === 0) return true;
    const lower = text.toLowerCase();
    return words.every((word) => lower.includes(word));
  };
}
