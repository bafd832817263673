import type { FromPage, ToPage } from "#protocol/page-link";
import { collectErrors } from "./errors";
import { takePicture } from "./picture-request";
import { reportPlace } from "./place";

/** Origins of the pages that may hear of this one. The relay writes them around this script. */
declare const batonParents: readonly string[];

/**
 * Runs in pages of previews, before anything of their own. It says nothing to anybody but the page around the frame, if
 * that is one of those that may show it, and it changes nothing of what the page sees of itself but `console.error`,
 * behind which the page's own stands as before.
 */
function start(): void {
  const { parent } = window;
  const around = location.ancestorOrigins?.[0];
  const parents = around === undefined ? batonParents : batonParents.filter((origin) => origin === around);
  if (parent === window || parents.length === 0) return;
  let port: MessagePort | undefined;
  const say = (message: FromPage) => port?.postMessage(message);
  const errors = collectErrors(window, say);
  const place = reportPlace(window, say);

  const does: { [T in ToPage["type"]]: (message: Extract<ToPage, { type: T }>) => void } = {
    reload: () => location.reload(),
    back: () => place.go("back"),
    forward: () => place.go("forward"),
    picture: ({ id }) => takePicture(id, say),
  };
  const nonce = document.currentScript?.nonce;
  if (nonce) takePicture.nonce = nonce;
  window.addEventListener(
    "message",
    (event) => {
      const isHello = event.source === parent && (event.data as { type?: unknown } | null)?.type === "baton.hello";
      const [given] = event.ports;
      if (!isHello || !given || !parents.includes(event.origin)) return;
      event.stopImmediatePropagation();
      port?.close();
      port = given;
      port.onmessage = ({ data }: MessageEvent<ToPage>) =>
        (does[data.type] as ((message: ToPage) => void) | undefined)?.(data);
      place.tell();
      errors.tell();
    },
    true,
  );
  // Where the browser does not say which one it is, each is told; only the one that is there hears it.
  for (const origin of parents) parent.postMessage({ type: "baton.here" }, origin);
}

start();
