import { type ReactNode, useEffect, useState } from "react";
import type { Run } from "#protocol/documents";
import type { RunId } from "#protocol/ids";
import { plainText } from "#protocol/plain-text";
import { runLook } from "#sdk/run-look";
import { IconButton, StateMark } from "../controls/controls";
import { accessNames, agentName, modeNames } from "../model/describe";
import { actorName, byteSize, duration, memberName, timeStamp } from "../model/format";
import { useApp, useStore, useTeam } from "../model/hooks";
import { runPath } from "../model/router";
import { copyText } from "./downloads";
import { EvidenceSection } from "./evidence";
import type { TerminalSession } from "./terminal-session";

export function DetailsTab({ run, session }: { readonly run: Run; readonly session: TerminalSession | undefined }) {
  const team = useTeam((state) => state);
  const runner = team.runners.get(run.runnerId);
  const look = runLook(run);
  const start = run.startedAt ?? run.createdAt;
  const me = team.me?.id;
  return (
    <div className="details">
      {run.body.prompt && (
        <section aria-label="Prompt">
          <h2>Prompt</h2>
          <pre className="prompt-text">{plainText(run.body.prompt)}</pre>
        </section>
      )}
      <section aria-label="Facts">
        <h2>Run</h2>
        <dl className="facts">
          <Fact name="State">
            <span className={`state ${look.tone}`}>
              <StateMark look={look} /> {look.label}
            </span>
            {run.signal && !look.label.includes(run.signal) && ` · ${run.signal}`}
            {run.cancelledBy && ` · by ${memberName(run.cancelledBy, team.members, me)}`}
          </Fact>
          <Fact name="Asked by">{memberName(run.memberId, team.members, me)}</Fact>
          <Fact name="Agent">
            {agentName(run.agent, team.runners.values())} · {modeNames[run.mode]} · {accessNames[run.access]}
          </Fact>
          <Fact name="Command" copy={run.body.command} mono />
          <Fact name="Folder" copy={run.body.cwd} mono />
          <Fact name="Runner">{runner ? `${runner.body.name} on ${runner.body.host}` : "a former runner"}</Fact>
          <Fact name="Started">{timeStamp(start)}</Fact>
          {run.endedAt !== undefined && (
            <Fact name="Ended">
              {timeStamp(run.endedAt)} · after {duration(run.endedAt - start)}
            </Fact>
          )}
          {run.exitCode !== undefined && (run.exitCode !== 0 || run.signal === undefined) && (
            <Fact name="Exit code">{run.exitCode}</Fact>
          )}
          <Fact name="Output">
            {byteSize(run.outputBytes)} · {run.headSeq} records
            {run.size && ` · ${run.size.cols} × ${run.size.rows}`}
          </Fact>
          <Fact name="Run" copy={run.id} mono />
          <Fact name="Thread" copy={run.threadId} mono />
          {run.promptId && <Fact name="Prompt" copy={run.promptId} mono />}
        </dl>
      </section>
      <EvidenceSection run={run} />
      {session && <Watching session={session} />}
      <Thread run={run} />
    </div>
  );
}

interface FactProps {
  readonly name: string;
  /** A text that can be copied, instead of children. */
  readonly copy?: string;
  readonly mono?: boolean;
  readonly children?: ReactNode;
}

function Fact({ name, copy, mono, children }: FactProps) {
  const app = useApp();
  return (
    <div>
      <dt>{name}</dt>
      <dd className={`${mono ? "mono" : ""} ${copy ? "copyable" : ""}`}>
        {copy ? <span>{copy}</span> : children}
        {copy && (
          <IconButton
            icon="copy"
            label={`Copy ${name.toLowerCase()}`}
            onClick={() => void copyText(app, copy, `${name} copied`)}
          />
        )}
      </dd>
    </div>
  );
}

function Watching({ session }: { readonly session: TerminalSession }) {
  const watchers = useStore(session.watch.state, (state) => state.watchers);
  const team = useTeam((state) => state);
  if (watchers.length === 0) return null;
  const names = [...new Set(watchers.map((each) => actorName(each, team.members, team.me?.id)))];
  return (
    <section aria-label="Watching">
      <h2>Watching now</h2>
      <p>{names.join(", ")}</p>
    </section>
  );
}

/** The other runs of the thread, oldest first. */
function Thread({ run }: { readonly run: Run }) {
  const app = useApp();
  const all = useTeam((state) => state.runs);
  const members = useTeam((state) => state.members);
  const me = useTeam((state) => state.me?.id);
  const [ids, setIds] = useState<readonly RunId[]>([]);
  useEffect(() => {
    let left = false;
    void app
      .attempt(() => app.client.call("listRuns", { query: { threadId: run.threadId, limit: 200 } }))
      .then((page) => {
        if (left || !page) return;
        app.team.put({ runs: page.runs });
        setIds(page.runs.map((each) => each.id));
      });
    return () => {
      left = true;
    };
  }, [app, run.threadId]);
  const runs = ids.flatMap((id) => all.get(id) ?? []).sort((a, b) => a.createdAt - b.createdAt);
  if (runs.length < 2) return null;
  return (
    <section aria-label="Thread">
      <h2>Thread</h2>
      <ol className="thread">
        {runs.map((each) => (
          <li key={each.id}>
            <a
              href={runPath(each.id)}
              aria-current={each.id === run.id ? "true" : undefined}
              onClick={(event) => {
                event.preventDefault();
                app.router.go(runPath(each.id));
              }}
            >
              <StateMark look={runLook(each)} />
              <span className="ellipsis">{each.body.title}</span>
              <span className="quiet">{memberName(each.memberId, members, me)}</span>
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}
