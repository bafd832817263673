import type { Run } from "#protocol/documents";
import { promptTitle } from "#protocol/plain-text";
import { Icon } from "../controls/controls";
import { useApp, useStore, useTeam } from "../model/hooks";
import { promptPath } from "../model/router";
import { byPosition } from "../model/run-list";
import { noOutbox } from "./run-list";

/** More of them would push the terminal away; the list beside it has them all. */
const maxShown = 3;

/** What was said already and waits for this run, above the composer in which it was written. */
export function QueuedBehind({ run }: { readonly run: Run }) {
  const app = useApp();
  const account = useStore(app.account);
  const outbox = useStore(account?.outbox ?? noOutbox);
  const prompts = useTeam((state) => state.prompts);
  const queued = [...prompts.values()]
    .filter((prompt) => prompt.afterRunId === run.id && prompt.state === "queued")
    .sort(byPosition);
  const kept = outbox.filter((item) => item.request.afterRunId === run.id && item.state !== "sending");
  const hidden = Math.max(0, queued.length - maxShown);
  if (queued.length + kept.length === 0) return null;
  return (
    <ul className="queued-behind" aria-label="Queued behind this run">
      {queued.slice(0, maxShown).map((prompt) => (
        <li key={prompt.id}>
          <a
            href={promptPath(prompt.id)}
            onClick={(event) => {
              event.preventDefault();
              app.router.go(promptPath(prompt.id));
            }}
          >
            <Icon name="circle-small" />
            <span className="ellipsis">{promptTitle(prompt.body.text)}</span>
            <span className="quiet">queued</span>
          </a>
        </li>
      ))}
      {hidden > 0 && (
        <li>
          <div>
            <span />
            <span className="quiet">and {hidden} more in the queue</span>
          </div>
        </li>
      )}
      {kept.map((item) => (
        <li key={item.key}>
          <div>
            <Icon name="cloud-upload" />
            <span className="ellipsis">{promptTitle(item.request.body.text)}</span>
            <span className="quiet">kept here, not queued yet</span>
          </div>
        </li>
      ))}
    </ul>
  );
}
