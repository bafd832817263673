import { type Disk, nodeDisk } from "#relay/store/embedded/disk";

/** A double of the disk: the real one without its syncs, for tests that repeat themselves a thousand times. */
export const unsyncedDisk: Disk = {
  ...nodeDisk,
  open: async (path, flags) => ({ ...(await nodeDisk.open(path, flags)), sync: async () => {} }),
  syncFolder: async () => {},
};
