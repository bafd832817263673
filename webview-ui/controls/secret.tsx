import { lazy, Suspense } from "react";
import { isLoopbackHost } from "#protocol/loopback";
import { useApp } from "../model/hooks";
import { Icon, IconButton } from "./controls";

const QrCode = lazy(async () => ({ default: (await import("./qr-code")).QrCode }));

interface SecretProps {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  /** It is a link that a phone may open, so it is shown as a QR code too, where a phone reaches it. */
  readonly forPhones?: boolean;
}

/** A secret or a link that is shown once, with a button that copies it. */
export function Secret({ label, value, note, forPhones = false }: SecretProps) {
  const { notices } = useApp();
  const isHereAlone = forPhones && URL.canParse(value) && isLoopbackHost(new URL(value).hostname);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      notices.say(`${label} copied`);
    } catch (error) {
      console.warn("The clipboard refused the text.", error);
      notices.say("This browser does not allow copying here. Select the text and copy it.");
    }
  };
  return (
    <div className="secret">
      <span className="field-label">{label}</span>
      <div className="secret-row">
        <input readOnly value={value} aria-label={label} onFocus={(event) => event.target.select()} />
        <IconButton icon="copy" label={`Copy ${label.toLowerCase()}`} onClick={copy} />
      </div>
      {forPhones && !isHereAlone && (
        <Suspense fallback={<span className="qr" />}>
          <QrCode value={value} label={label.toLowerCase()} />
        </Suspense>
      )}
      <span className="hint">{note}</span>
      {isHereAlone && (
        <span className="hint">
          <Icon name="info" /> It opens on this computer alone: the relay has no address that others reach.
        </span>
      )}
    </div>
  );
}
