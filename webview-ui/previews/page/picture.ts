import { domToCanvas } from "modern-screenshot";
import { maxPictureBytes } from "#protocol/caps";

/** Draws what is seen of the page. @returns a PNG, or a JPEG where that would be too large */
export type DrawPage = () => Promise<Uint8Array<ArrayBuffer>>;
export type PictureScript = HTMLScriptElement & { drawer?: (draw: DrawPage) => void };

/** Tried one after the other, until the picture fits. */
const forms = [
  { scale: 1, type: "image/png" },
  { scale: 1, type: "image/jpeg", quality: 0.85 },
  { scale: 0.75, type: "image/jpeg", quality: 0.8 },
  { scale: 0.5, type: "image/jpeg", quality: 0.7 },
] as const;
const loadMs = 5_000;

const draw: DrawPage = async () => {
  const { documentElement: root, body } = document;
  const { innerWidth: width, innerHeight: height, scrollX, scrollY } = window;
  const drawn = await domToCanvas(root, {
    width,
    height,
    scale: 1,
    timeout: loadMs,
    backgroundColor: groundOf(root) ?? groundOf(body) ?? "#ffffff",
    style: { transform: `translate(${-scrollX}px, ${-scrollY}px)`, transformOrigin: "0 0" },
  });
  for (const { scale, type, ...options } of forms) {
    const canvas = scale === 1 ? drawn : smaller(drawn, scale);
    const bytes = await encoded(canvas, type, "quality" in options ? options.quality : undefined);
    if (bytes.length <= maxPictureBytes) return bytes;
  }
  throw new Error("the picture is too large");
};

function groundOf(element: Element | null): string | undefined {
  const colour = element ? getComputedStyle(element).backgroundColor : "";
  return colour && colour !== "rgba(0, 0, 0, 0)" ? colour : undefined;
}

function smaller(drawn: HTMLCanvasElement, scale: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(drawn.width * scale);
  canvas.height = Math.round(drawn.height * scale);
  canvas.getContext("2d")?.drawImage(drawn, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const encoded = (
  canvas: HTMLCanvasElement,
  type: string,
  quality: number | undefined,
): Promise<Uint8Array<ArrayBuffer>> =>
  new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => {
        if (blob) blob.arrayBuffer().then((buffer) => resolve(new Uint8Array(buffer)), reject);
        else reject(new Error("the picture could not be written"));
      },
      type,
      quality,
    );
  });

(document.currentScript as PictureScript | null)?.drawer?.(draw);
