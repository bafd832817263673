import { join } from "node:path";
import * as z from "zod";
import { BatonError } from "#protocol/errors";
import { newId, StoreId } from "#protocol/ids";
import { describeIssue } from "#protocol/json";
import { AtomicFiles } from "#relay/store/embedded/atomic-files";
import { unlessMissing } from "#relay/store/embedded/disk";
import type { StoreContext } from "#relay/store/embedded/store-context";

const version = 1;
const name = "store.json";
const format = "baton-store";
const Identity = z.looseObject({ format: z.literal(format), v: z.int().min(1), storeId: StoreId });

/**
 * The id of the data folder, made with it.
 * @throws BatonError `store_newer`, `store_damaged`
 */
export async function readOrMakeStoreId({ disk, dataFolder, clock, health }: StoreContext): Promise<StoreId> {
  const path = join(dataFolder, name);
  const bytes = await unlessMissing(disk.readFile(path));
  if (bytes) return parse(path, bytes);
  const storeId = newId("store", clock());
  const files = new AtomicFiles(disk, dataFolder, (error) => health.failed(error));
  await files.stage(name, [`${JSON.stringify({ format, v: version, storeId, createdAt: clock() })}\n`]);
  await files.publish();
  return storeId;
}

function parse(path: string, bytes: Uint8Array): StoreId {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    throw new BatonError("store_damaged", { file: path, reason: "it is not JSON" });
  }
  const parsed = Identity.safeParse(value);
  if (!parsed.success) throw new BatonError("store_damaged", { file: path, reason: describeIssue(parsed.error) });
  if (parsed.data.v > version)
    throw new BatonError("store_newer", { file: path, theirs: parsed.data.v, ours: version });
  return parsed.data.storeId;
}
