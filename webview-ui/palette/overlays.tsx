import { useApp, useStore } from "../model/hooks";
import { CancelDialog } from "./cancel-dialog";
import { KeysHelp } from "./keys-help";
import { Palette } from "./palette";

export function Overlays() {
  const app = useApp();
  const overlay = useStore(app.overlay);
  const close = () => app.overlay.set("none");
  if (overlay === "palette") return <Palette onClose={close} />;
  if (overlay === "keys") return <KeysHelp onClose={close} />;
  if (overlay === "cancel") return <CancelDialog onClose={close} />;
  return null;
}
