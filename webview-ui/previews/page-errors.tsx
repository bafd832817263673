import { Button } from "../controls/controls";
import { Dialog } from "../controls/dialog";
import type { PageState } from "./page-channel";

interface PageErrorsProps {
  readonly state: PageState;
  /** Of the preview; files of its own are named without it. */
  readonly origin: string;
  /** Absent where nobody may be asked for it. */
  readonly onFix?: (() => void) | undefined;
  readonly onClose: () => void;
}

/** What went wrong in the page since it was loaded, in the words of its browser's console. */
export function PageErrors({ state: { errors, errorCount }, origin, onFix, onClose }: PageErrorsProps) {
  const named = errors.reduce((sum, { times }) => sum + times, 0);
  return (
    <Dialog title="Errors on this page" className="wide" onClose={onClose}>
      <ul className="page-errors">
        {errors.map(({ text, times }) => (
          <li key={text}>
            <pre>{text.replaceAll(`${origin}/`, "/")}</pre>
            {times > 1 && <span className="quiet">{times}×</span>}
          </li>
        ))}
      </ul>
      {errorCount > named && <p className="quiet">{errorCount - named} more are counted, and not listed.</p>}
      <div className="actions end">
        <Button onClick={onClose}>Close</Button>
        {onFix && (
          <Button look="primary" icon="wand" onClick={onFix}>
            Fix these
          </Button>
        )}
      </div>
    </Dialog>
  );
}
