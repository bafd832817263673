import type { ReactNode } from "react";
import type { Preview } from "#protocol/documents";
import { Button, Chip, IconButton } from "../controls/controls";
import { Menu, type MenuItem } from "../controls/menu";
import { useNarrow } from "../model/hooks";
import { AddressBar } from "./address-bar";
import type { PreviewPage } from "./use-preview-page";

/** Widths of the page, as CSS pixels; empty: all the room there is. */
const widths = [
  { value: "", text: "Fit" },
  { value: "390", text: "390" },
  { value: "768", text: "768" },
  { value: "1024", text: "1024" },
] as const;

interface ToolbarProps {
  readonly preview: Preview;
  readonly page: PreviewPage;
  readonly width: string;
  readonly onWidth: (width: string) => void;
  readonly onErrors: () => void;
  readonly onOutside: () => void;
  /** Absent where nobody may be asked for a change. */
  readonly onPicture?: (() => void) | undefined;
  /** What is done seldom, behind “More”. */
  readonly items: readonly MenuItem[];
  /** Further buttons. */
  readonly children?: ReactNode;
}

export function PreviewToolbar({
  preview,
  page,
  width,
  onWidth,
  onErrors,
  onOutside,
  onPicture,
  items,
  children,
}: ToolbarProps) {
  const narrow = useNarrow();
  const { state, channel, entry } = page;
  const isTold = state.phase === "told";
  const picture = { icon: "device-camera", label: "Ask about a picture of this page" };
  const outside = { icon: "link-external", label: "Open it in a tab of its own" };
  const hidden: MenuItem[] = narrow
    ? [...(onPicture && isTold ? [{ ...picture, run: onPicture }] : []), { ...outside, run: onOutside }]
    : [];
  return (
    <div className="preview-tools" role="toolbar" aria-label="The page of the preview">
      <IconButton
        icon="arrow-left"
        label="Back"
        disabled={!state.canGoBack && state.cameFrom === undefined}
        onClick={page.back}
      />
      <IconButton
        icon="arrow-right"
        label="Forward"
        disabled={!state.canGoForward}
        onClick={() => channel.say("forward")}
      />
      <IconButton icon="refresh" label="Load it again" disabled={!entry?.isFramed} onClick={page.reload} />
      <AddressBar page={page} port={preview.body.port} />
      {state.errorCount > 0 && (
        <Button
          look="ghost"
          icon="error"
          className="preview-errors"
          aria-label={`${state.errorCount} ${state.errorCount === 1 ? "error" : "errors"} on this page`}
          onClick={onErrors}
        >
          {state.errorCount > 999 ? "999+" : state.errorCount}
        </Button>
      )}
      {!narrow && (
        <>
          <Chip icon="screen-full" label="Width" value={width} options={widths} onChange={onWidth} />
          {onPicture && (
            <IconButton
              {...picture}
              disabled={!isTold}
              {...(!isTold && { title: "This page cannot be drawn: it has no script of the relay's" })}
              onClick={onPicture}
            />
          )}
          <IconButton {...outside} onClick={onOutside} />
        </>
      )}
      {children}
      {items.length + hidden.length > 0 && <Menu label="More" icon="ellipsis" items={[...hidden, ...items]} />}
    </div>
  );
}
