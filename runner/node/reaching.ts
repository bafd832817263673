import { BatonError } from "#protocol/errors";

/**
 * The first thing that is asked of a relay, whose address may be wrong: there was no connection that could be lost.
 * @throws Error that names the address where nobody answers there, and what the work throws
 */
export async function reaching<T>(url: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof BatonError) || error.code !== "connection_lost") throw error;
    const cause = error.cause instanceof Error ? reasonOf(error.cause) : "";
    throw new Error(
      `nobody answers at ${url}${cause && ` (${cause})`}. Check the address, and that the relay runs; nothing was changed`,
      { cause: error },
    );
  }
}

/** An address with several of the network has a failure for each, and no text of its own. */
function reasonOf(error: Error): string {
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return first instanceof Error ? first.message : error.message;
}
