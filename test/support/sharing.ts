import { newId } from "#protocol/ids";
import { createSharing, type Sharing } from "#runner/core/sharing";

/** The runs of one relay, as a folder shares them that is paired there. */
export const sharingWith = (url = "https://relay.example.com", ownsUnnamed = false): Sharing =>
  createSharing({ url, deviceId: newId("device"), relayId: newId("relay"), ownsUnnamed });
