import type { ClientHttp2Stream } from "node:http2";
import { BatonError } from "#protocol/errors";
import type { RunnerId } from "#protocol/ids";
import { maxTunnelStreams, resetCodes } from "#protocol/tunnel";
import { maxGuestRequestsPerRunner, maxPreviewRequestsPerMember, maxPreviewRequestsPerShare } from "#relay/caps";
import type { Admission } from "#relay/domain/preview-grants";

/** What crosses the tunnels now: for whom, and so how much of it there may be and when it ends. */
export interface UnderWay {
  /** @throws BatonError `too_many` */
  needRoom(runnerId: RunnerId, admission: Admission): void;
  add(stream: ClientHttp2Stream, runnerId: RunnerId, admission: Admission): void;
  /** Ends what is for somebody who is let in no more. */
  endWhatIsOver(): void;
}

interface Crossing {
  readonly runnerId: RunnerId;
  readonly admission: Admission;
}

/** @param holds whether somebody is let in still */
export function createUnderWay(holds: (admission: Admission) => boolean): UnderWay {
  const crossings = new Map<ClientHttp2Stream, Crossing>();
  const limit = (what: string, max: number, isOne: (crossing: Crossing) => boolean) => {
    let count = 0;
    for (const crossing of crossings.values()) if (isOne(crossing)) count += 1;
    if (count >= max) throw new BatonError("too_many", { what, max });
  };
  return {
    needRoom(runnerId, { memberId, shareId }) {
      limit("requests to previews of this runner under way", maxTunnelStreams, (one) => one.runnerId === runnerId);
      if (memberId !== undefined) {
        const max = maxPreviewRequestsPerMember;
        limit("your requests to previews under way", max, ({ admission }) => admission.memberId === memberId);
        return;
      }
      const isGuest = ({ memberId }: Admission) => memberId === undefined;
      limit(
        "requests of guests by this link under way",
        maxPreviewRequestsPerShare,
        ({ admission }) => isGuest(admission) && admission.shareId === shareId,
      );
      limit(
        "requests of guests to previews of this runner under way",
        maxGuestRequestsPerRunner,
        (one) => isGuest(one.admission) && one.runnerId === runnerId,
      );
    },
    add(stream, runnerId, admission) {
      crossings.set(stream, { runnerId, admission });
      stream.on("close", () => crossings.delete(stream));
    },
    endWhatIsOver() {
      for (const [stream, { admission }] of crossings) if (!holds(admission)) stream.close(resetCodes.cancel);
    },
  };
}
