import type { FromPage } from "#protocol/page-link";
import { pagePaths } from "#protocol/page-paths";
import type { DrawPage, PictureScript } from "./picture";

/** Loads what draws the page when it is wanted for the first time. */
export function takePicture(id: number, say: (message: FromPage) => void): void {
  drawing ??= load();
  drawing
    .then((draw) => draw())
    .then(
      (bytes) => say({ type: "picture", id, bytes }),
      () => say({ type: "no-picture", id }),
    );
}
/** Lets the script in where the page's policy goes by nonces. */
takePicture.nonce = "";

let drawing: Promise<DrawPage> | undefined;

const load = (): Promise<DrawPage> =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script") as PictureScript;
    script.src = pagePaths.picture;
    if (takePicture.nonce) script.nonce = takePicture.nonce;
    script.drawer = resolve;
    script.onload = () => script.remove();
    script.onerror = () => reject(new Error("the script could not be loaded"));
    document.head.append(script);
  });
