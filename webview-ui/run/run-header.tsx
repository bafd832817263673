import type { ReactNode } from "react";
import type { Run } from "#protocol/documents";
import { runLook } from "#sdk/run-look";
import { RestartServer } from "../builds/server-buttons";
import { Button, Icon, IconButton, StateMark } from "../controls/controls";
import { Elapsed } from "../controls/elapsed";
import { Menu } from "../controls/menu";
import { canBeCancelled, mayCancelRun } from "../model/allowed";
import { agentName } from "../model/describe";
import { actorName, duration, memberName } from "../model/format";
import { useApp, useLive, useMe, useStore, useTeam } from "../model/hooks";
import { downloadItems } from "./downloads";
import { EvidenceLine } from "./evidence";
import { cancelRun } from "./run-actions";
import type { TerminalSession } from "./terminal-session";

interface RunHeaderProps {
  readonly run: Run;
  readonly session: TerminalSession | undefined;
  readonly children: ReactNode;
}

export function RunHeader({ run, session, children }: RunHeaderProps) {
  const app = useApp();
  const team = useTeam((state) => state);
  const runner = team.runners.get(run.runnerId);
  const look = runLook(run);
  return (
    <header className="run-header">
      <div className="run-title">
        <IconButton className="back" icon="chevron-left" label="Back to the runs" onClick={() => app.router.go("/")} />
        <h1 title={run.body.title}>{run.body.title}</h1>
        <span className={`pill ${look.tone}`}>
          <StateMark look={look} />
          <span className="pill-text">
            <span role="status">{look.label}</span> <RunTime run={run} />
          </span>
        </span>
        <span className="spring" />
        <RestartServer run={run} />
        <CancelButton run={run} />
        <Menu label="More" icon="ellipsis" items={downloadItems(app, run, session)} />
      </div>
      <div className="meta">
        <span title={runner?.body.folder}>
          <Icon name="device-desktop" />
          {runner?.body.name ?? "a former runner"}
        </span>
        <span>
          <Icon name="hubot" />
          {agentName(run.agent, team.runners.values())}
        </span>
        <span className="wide-only">
          <Icon name="account" />
          asked by {memberName(run.memberId, team.members, team.me?.id)}
        </span>
        <EvidenceLine run={run} />
        {session && <Watchers session={session} />}
      </div>
      {children}
    </header>
  );
}

function RunTime({ run }: { readonly run: Run }) {
  const start = run.startedAt ?? run.createdAt;
  if (run.endedAt !== undefined) return <>after {duration(run.endedAt - start)}</>;
  return <Elapsed since={start} />;
}

function Watchers({ session }: { readonly session: TerminalSession }) {
  const watchers = useStore(session.watch.state, (state) => state.watchers);
  const members = useTeam((state) => state.members);
  const me = useMe();
  const names = [
    ...new Set(watchers.filter((each) => each.memberId !== me?.id).map((each) => actorName(each, members))),
  ];
  if (names.length === 0) return null;
  return (
    <span className="wide-only" title={`Watching: ${names.join(", ")}`}>
      <Icon name="eye" />
      {names.slice(0, 3).join(", ")}
      {names.length > 3 && ` and ${names.length - 3} more`}
    </span>
  );
}

function CancelButton({ run }: { readonly run: Run }) {
  const app = useApp();
  const me = useMe();
  const asked = useStore(app.cancelling, (runs) => runs.has(run.id));
  const live = useLive();
  if (!canBeCancelled(run) || !mayCancelRun(me, run)) return null;
  return (
    <Button
      icon="debug-stop"
      className="cancel"
      disabled={asked || !live}
      onClick={() => void cancelRun(app, run)}
      title={live ? "Cancel this run (x)" : "Possible again when the connection is back"}
    >
      <span className="button-text">{asked ? "Cancelling…" : "Cancel"}</span>
    </Button>
  );
}
