import { useEffect, useRef, useState } from "react";
import type { Run } from "#protocol/documents";
import { errorText } from "#protocol/errors";
import { Button, Empty, Icon, Skeleton } from "../controls/controls";
import { byteSize } from "../model/format";
import { useApp, useDelayed, useNarrow, useStore } from "../model/hooks";
import { KeyRow } from "./key-row";
import { LeaseBar } from "./lease-bar";
import type { Scale } from "./terminal-scale";
import { TerminalSearch } from "./terminal-search";
import type { TerminalSession } from "./terminal-session";
import { useTerminalKeys } from "./use-terminal-keys";

interface TerminalTabProps {
  readonly run: Run;
  readonly session: TerminalSession | undefined;
}

export function TerminalTab({ run, session }: TerminalTabProps) {
  const waiting = useDelayed(session === undefined);
  if (!session) return waiting ? <Skeleton rows={8} /> : null;
  return <OpenTerminal run={run} session={session} />;
}

function OpenTerminal({ run, session }: { readonly run: Run; readonly session: TerminalSession }) {
  const frame = useRef<HTMLDivElement>(null);
  const narrow = useNarrow();
  /** What a person chose; without a choice a phone shows what can be read, and a desk shows all of it. */
  const [chosen, setScale] = useState<Scale>();
  const scale = chosen ?? (narrow ? "readable" : "fit");
  const [searching, setSearching] = useState(false);
  const view = useStore(session.view);
  const watch = useStore(session.watch.state);
  const isHeld = useStore(session.keyboard) === "held";
  const {
    preferences,
    home: { visible },
  } = useApp();
  const fontSizePx = useStore(preferences, (value) => value.fontSizePx);

  useEffect(() => {
    if (!frame.current) return;
    session.attach(frame.current);
    return () => session.element.remove();
  }, [session]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another size of the run or of the font scales it again.
  useEffect(() => {
    const box = frame.current;
    if (!box) return;
    const rescale = () => {
      const { width, height } = insideOf(box);
      session.scaleTo(width, height, scale);
    };
    const observer = new ResizeObserver(rescale);
    observer.observe(box);
    rescale();
    return () => observer.disconnect();
  }, [session, scale, view.cols, view.rows, fontSizePx]);

  const isOver = run.status === "ended";
  useEffect(() => session.setOver(isOver), [session, isOver]);
  useTerminalKeys(session);

  useEffect(() => {
    const seen = () => session.watch.setVisible(visible.get());
    return visible.subscribe(seen);
  }, [session, visible]);

  const fitToWindow = () => {
    const box = frame.current;
    if (!box) return;
    const { width, height } = insideOf(box);
    session.watch.resize(session.sizeFor(width, height, scale));
  };

  const follow = () => {
    session.follow();
    if (isHeld) session.focus();
  };
  const closeSearch = () => {
    setSearching(false);
    if (isHeld) session.focus();
  };

  return (
    <div className="terminal">
      <LeaseBar
        run={run}
        session={session}
        scale={scale}
        onScale={setScale}
        onFit={fitToWindow}
        onSearch={() => setSearching(true)}
      />
      {searching && <TerminalSearch session={session} onClose={closeSearch} />}
      {watch.hasEarlier && (
        <div className="strip">
          <Icon name="history" />
          <span>This is the screen as it stood. Earlier output is kept.</span>
          <Button look="ghost" onClick={() => session.watch.loadEverything()}>
            Load everything ({byteSize(run.outputBytes)})
          </Button>
        </div>
      )}
      {view.missingBytes > 0 && (
        <div className="strip warn">
          <Icon name="warning" />
          {byteSize(view.missingBytes)} of the oldest output gave way at the cap of this run.
        </div>
      )}
      {run.damage && (
        <div className="strip warn">
          <Icon name="warning" />
          The relay's copy of this log was damaged after record {run.damage.validSeq} ({run.damage.reason}). What is
          before is complete.
        </div>
      )}
      {view.notices.slice(-1).map((notice) => (
        <div key={notice.code} className={`strip ${notice.level === "info" ? "" : "warn"}`}>
          <Icon name={notice.level} />
          {errorText(notice)}
        </div>
      ))}
      <div className="terminal-frame" ref={frame} data-scale={scale} />
      {!view.painted && run.status === "ended" && run.outputBytes === 0 && watch.phase === "live" && (
        <Empty icon="terminal" title="This run wrote nothing" />
      )}
      {!view.following && (
        <Button look="primary" className="follow" icon="arrow-down" onClick={follow}>
          Follow
        </Button>
      )}
      {narrow && isHeld && <KeyRow session={session} />}
    </div>
  );
}

/** The room for the terminal in its frame, in pixels. */
function insideOf(box: HTMLElement): { readonly width: number; readonly height: number } {
  const style = getComputedStyle(box);
  return {
    width: box.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight),
    height: box.clientHeight - Number.parseFloat(style.paddingTop) - Number.parseFloat(style.paddingBottom),
  };
}
