import { BatonError } from "#protocol/errors";
import type { RunnerId } from "#protocol/ids";
import { maxTunnelRequests } from "#protocol/tunnel";
import { maxGuestRequestsPerRunner, maxPreviewRequestsPerMember, maxPreviewRequestsPerShare } from "#relay/caps";
import type { Admission } from "#relay/domain/preview-grants";
import { notLetIn } from "#relay/previews/admissions";

/** What crosses the tunnels now: for whom, and so how much of it there may be and when it ends. */
export interface UnderWay {
  /** @throws BatonError `too_many` */
  needRoom(runnerId: RunnerId, admission: Admission): void;
  add(crossing: Crossing, facts: For): void;
  /** Ends what is for somebody who is let in no more, and what was not answered in time. */
  endWhatIsOver(): void;
}

/** A request, or a socket that came of one. */
interface Crossing {
  destroy(error?: Error): unknown;
  once(event: "close" | "response", listener: () => void): unknown;
}

interface For {
  readonly runnerId: RunnerId;
  readonly admission: Admission;
  /** Of a request: to the first byte of its answer. Behind that, it may be silent for as long as it likes. */
  readonly withinMs?: number;
}

/** @param holds whether somebody is let in still */
export function createUnderWay(holds: (admission: Admission) => boolean): UnderWay {
  const crossings = new Map<Crossing, For & { answerBy: number }>();
  const limit = (what: string, max: number, isOne: (crossing: For) => boolean) => {
    let count = 0;
    for (const crossing of crossings.values()) if (isOne(crossing)) count += 1;
    if (count >= max) throw new BatonError("too_many", { what, max });
  };
  return {
    needRoom(runnerId, { memberId, shareId }) {
      limit("requests to previews of this runner under way", maxTunnelRequests, (one) => one.runnerId === runnerId);
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
    add(crossing, facts) {
      const added = { ...facts, answerBy: performance.now() + (facts.withinMs ?? Number.POSITIVE_INFINITY) };
      crossings.set(crossing, added);
      crossing.once("response", () => {
        added.answerBy = Number.POSITIVE_INFINITY;
      });
      crossing.once("close", () => crossings.delete(crossing));
    },
    endWhatIsOver() {
      const now = performance.now();
      for (const [crossing, { admission, answerBy, withinMs }] of crossings) {
        // An error of ours: what was ended here is not asked again.
        if (!holds(admission)) crossing.destroy(notLetIn(admission.memberId === undefined));
        else if (answerBy < now) {
          crossing.destroy(new BatonError("timeout", { what: "preview", seconds: (withinMs ?? 0) / 1_000 }));
        }
      }
    },
  };
}
