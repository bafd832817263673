import assert from "node:assert/strict";
import { type Disk, nodeDisk } from "#relay/store/embedded/disk";
import { limitSyncs } from "#relay/store/embedded/limit-syncs";
import { tempFolder } from "#test/support/temp";

describe("the limit of syncs", () => {
  it("lets so many run at a time, each in its turn, and goes on behind one that fails", async () => {
    using folder = tempFolder("store");
    let running = 0;
    let most = 0;
    const order: string[] = [];
    const slow: Disk = {
      ...nodeDisk,
      open: async (path, flags) => ({
        ...(await nodeDisk.open(path, flags)),
        async sync() {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          running--;
          order.push(path);
          if (path.endsWith("3")) throw new Error("a sync fails");
        },
      }),
    };
    const disk = limitSyncs(slow, 2);
    const paths = Array.from({ length: 9 }, (_, i) => folder.at(`${i}`));
    const files = await Promise.all(paths.map((path) => disk.open(path, "w+")));
    const results = await Promise.allSettled(files.map((file) => file.sync()));
    assert.equal(most, 2);
    assert.deepEqual(order, paths);
    assert.deepEqual(
      results.map((result) => result.status === "rejected"),
      paths.map((path) => path.endsWith("3")),
    );
    await Promise.all(files.map((file) => file.close()));
  });
});
