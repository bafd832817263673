import type { Disk } from "#relay/store/embedded/disk";
import type { DiskHealth } from "#relay/store/embedded/health";
import type { StoreLogger } from "#relay/store/embedded/logger";

/** What the parts of the embedded store share. */
export interface StoreContext {
  readonly disk: Disk;
  readonly dataFolder: string;
  /** Copies that are made before a migration. */
  readonly backupFolder: string;
  readonly clock: () => number;
  readonly logger: StoreLogger;
  readonly health: DiskHealth;
  /** A run's log goes on in a new segment at this size. */
  readonly maxSegmentBytes: number;
  /** How long output of one log gathers behind a write. */
  readonly gatherMs: number;
}
