import { Button, IconButton } from "../controls/controls";
import { useNarrow } from "../model/hooks";
import type { Scale } from "./terminal-scale";

/** Switches between all of the terminal's width and a size that is read with ease. On a phone it says so in words. */
export function ScaleControl({ scale, onScale }: { readonly scale: Scale; readonly onScale: (scale: Scale) => void }) {
  const narrow = useNarrow();
  const isFit = scale === "fit";
  const icon = isFit ? "zoom-in" : "screen-normal";
  const turn = () => onScale(isFit ? (narrow ? "readable" : "actual") : "fit");
  if (!narrow) return <IconButton icon={icon} label={isFit ? "Show in reading size" : "Scale to fit"} onClick={turn} />;
  return (
    <Button look="ghost" icon={icon} onClick={turn}>
      {isFit ? "Readable size" : "Whole width"}
    </Button>
  );
}
