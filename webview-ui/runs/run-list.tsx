import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { errorText } from "#protocol/errors";
import { Button, Empty, Skeleton } from "../controls/controls";
import { useApp, useDelayed, useStore, useTeam } from "../model/hooks";
import { type ListRow, listRows } from "../model/run-list";
import { OutboxRow, PromptRow, RunRow } from "./run-row";

interface RunListProps {
  /** Only what waits for a person. */
  readonly onlyNeedsYou?: boolean;
}

const heights: Record<ListRow["kind"], number> = { section: 32, run: 46, prompt: 46, outbox: 46 };
/** The next page is asked for this many rows before the end is seen. */
const pageAheadRows = 30;

export function RunList({ onlyNeedsYou = false }: RunListProps) {
  const app = useApp();
  const history = useStore(app.history);
  const loaded = useTeam((state) => state.loaded);
  const rows = useRows(onlyNeedsYou);
  const selected = useStore(app.router, (place) => place.id);
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => heights[rows[index]?.kind ?? "run"],
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page may bring no row, and there may be another one.
  useEffect(() => {
    if (!onlyNeedsYou && rows.length > 0 && last >= rows.length - pageAheadRows) void app.history.more();
  }, [app, onlyNeedsYou, last, rows.length, history.next]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another selection moves the list.
  useEffect(() => {
    const index = rows.findIndex((row) => row.key === selected);
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
  }, [selected]);

  const waiting = useDelayed(!loaded);
  if (!loaded) return waiting ? <Skeleton rows={7} /> : <div className="list" />;
  if (rows.length === 0 && history.phase !== "loading") return <NoRuns onlyNeedsYou={onlyNeedsYou} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard.
    <section className="list" ref={scroller} tabIndex={0} aria-label="Runs">
      <div className="list-space" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          return (
            row && (
              <div key={item.key} className="list-item" style={{ transform: `translateY(${item.start}px)` }}>
                <RowView row={row} selected={row.key === selected} />
              </div>
            )
          );
        })}
      </div>
      {history.phase === "failed" && history.error && (
        <div className="list-note" role="alert">
          {errorText(history.error)} <Button onClick={() => void app.history.more()}>Try again</Button>
        </div>
      )}
    </section>
  );
}

/** The rows as they stand; the day borders follow the relay's clock when something changes. */
export function useRows(onlyNeedsYou: boolean): ListRow[] {
  const app = useApp();
  const team = useTeam((state) => state);
  const history = useStore(app.history);
  const account = useStore(app.account);
  const outbox = useStore(account?.outbox ?? noOutbox);
  return useMemo(() => {
    const all = listRows({ team, outbox, history, now: Date.now() + team.clockOffsetMs });
    if (!onlyNeedsYou) return all;
    const end = all.findIndex((row, index) => index > 0 && row.kind === "section");
    return all[0]?.key === "needs-you" ? all.slice(0, end < 0 ? undefined : end) : [];
  }, [team, outbox, history, onlyNeedsYou]);
}

const nothing: never[] = [];
/** Where nobody is signed in. */
export const noOutbox = { get: () => nothing, subscribe: () => () => {} };

function RowView({ row, selected }: { readonly row: ListRow; readonly selected: boolean }) {
  if (row.kind === "section") {
    return (
      <h2 className={`section ${row.hot ? "hot" : ""}`}>
        {row.title} {row.count !== undefined && <span className="count">{row.count}</span>}
      </h2>
    );
  }
  if (row.kind === "run") return <RunRow run={row.run} path={row.path} selected={selected} />;
  if (row.kind === "outbox") return <OutboxRow item={row.item} />;
  return <PromptRow prompt={row.prompt} place={row.place} path={row.path} selected={selected} />;
}

function NoRuns({ onlyNeedsYou }: RunListProps) {
  const app = useApp();
  const search = useStore(app.history, (state) => state.search);
  if (onlyNeedsYou) return <Empty icon="check-all" title="Nothing waits for you" />;
  if (search !== "") return <Empty icon="search" title="No run matches" />;
  return (
    <Empty icon="inbox" title="No runs yet">
      <p>What you queue, and what runs, shows up here.</p>
    </Empty>
  );
}
