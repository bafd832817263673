import type { Run, ShownStep } from "#protocol/documents";
import { leftBehind, runSteps } from "#sdk/run-steps";
import { Icon } from "../controls/controls";
import { Elapsed } from "../controls/elapsed";
import { duration } from "../model/format";
import { useTeam } from "../model/hooks";

const looks: Readonly<Record<ShownStep["state"], { icon: string; tone: string; word: string }>> = {
  started: { icon: "loading", tone: "run", word: "under way" },
  done: { icon: "check", tone: "ok", word: "done" },
  failed: { icon: "error", tone: "bad", word: "failed" },
  skipped: { icon: "circle-slash", tone: "quiet", word: "skipped" },
  cancelled: { icon: "circle-slash", tone: "warn", word: "cancelled" },
};

/** How far a build or a dev server is, each step with its time. */
export function Steps({ run }: { readonly run: Run }) {
  const runs = useTeam((state) => state.runs);
  const steps = runSteps(run, runs.values());
  const left = leftBehind(run);
  if (steps.length === 0) return null;
  return (
    <div className="steps">
      <ol aria-label="Steps">
        {steps.map(({ key, label, state, detail, tookMs, startedAt }) => {
          const { icon, tone, word } = looks[state];
          const isOpen = state === "started" && run.status !== "ended";
          return (
            <li key={key} className={`step ${state}`}>
              <Icon name={isOpen ? "loading codicon-modifier-spin" : icon} tone={tone} />
              <span className="step-label">{label}</span>
              <span className="sr-only">{word}</span>
              {detail !== undefined && (
                <span className="step-detail" title={detail}>
                  {detail}
                </span>
              )}
              <span className="quiet step-time">
                {tookMs !== undefined ? duration(tookMs) : isOpen ? <Elapsed since={startedAt} /> : ""}
              </span>
            </li>
          );
        })}
      </ol>
      {left !== undefined && run.status === "ended" && <p className="hint">{left}</p>}
    </div>
  );
}
