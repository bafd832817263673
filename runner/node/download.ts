import { BatonError } from "#protocol/errors";
import { maxExportBytes } from "#runner/node/caps";
import { sendRequest } from "#runner/node/http-fetch";
import type { NetworkSettings } from "#runner/node/network";
import type { WritePiece } from "#runner/node/whole-file";

interface Download {
  readonly url: string;
  readonly token: string;
  readonly network: NetworkSettings;
  readonly signal: AbortSignal;
}

/**
 * Gets a file of a relay piece by piece, as fast as the pieces are taken.
 * @throws BatonError `not_signed_in`; `frame_too_large` beyond `maxExportBytes`; `connection_lost` where it did not come
 *   whole, also when the signal aborts; and what `write` throws
 */
export async function download({ url, token, network, signal }: Download, write: WritePiece): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const lost = (cause: unknown) => new BatonError("connection_lost", {}, { cause });
  const response = await sendRequest(network, url, { headers, signal }).catch((error: unknown) => {
    throw lost(error);
  });
  const { statusCode = 500 } = response;
  if (statusCode !== 200) {
    response.destroy();
    if (statusCode === 401) throw new BatonError("not_signed_in");
    if (statusCode === 404) throw new BatonError("not_found", { what: "run" });
    throw new BatonError("internal", { requestId: `HTTP ${statusCode}` });
  }
  const pieces = response[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>;
  let bytes = 0;
  try {
    for (;;) {
      const next = await pieces.next().catch((error: unknown) => {
        throw lost(error);
      });
      if (next.done) return;
      bytes += next.value.length;
      if (bytes > maxExportBytes) throw new BatonError("frame_too_large", { bytes, maxBytes: maxExportBytes });
      write(next.value);
    }
  } finally {
    response.destroy();
  }
}
