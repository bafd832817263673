import { renderSVG } from "uqr";

/** A link as a picture that a phone's camera reads: dark on light in every theme, with the quiet zone of the standard. */
export function QrCode({ value, label }: { readonly value: string; readonly label: string }) {
  const svg = renderSVG(value, { ecc: "M", border: 4 });
  return <img className="qr" alt={`QR code of the ${label}`} src={`data:image/svg+xml,${encodeURIComponent(svg)}`} />;
}
