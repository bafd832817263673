import { useState } from "react";
import { type AgentInfo, isChosenForPrompts, type Runner } from "#protocol/documents";
import type { RunnerId } from "#protocol/ids";
import type { TeamState } from "#sdk/team-store";
import { Button, Icon, StateMark } from "../controls/controls";
import { Confirm } from "../controls/dialog";
import { Ago } from "../controls/elapsed";
import { mayCall } from "../model/allowed";
import { agentTrouble, isConnected, runnerLook } from "../model/describe";
import { byteSize, memberName } from "../model/format";
import { useApp, useMe, useTeam } from "../model/hooks";
import { openPreviews } from "../previews/open-previews";
import { PreviewList } from "../previews/preview-list";
import { ShowPort } from "../previews/show-port";
import { Projects } from "./projects";
import { RunnerEditor } from "./runner-editor";

const policyTexts = {
  auto: "starts prompts by itself",
  ask: "asks at the desk before it starts",
  paused: "paused at the desk",
} as const;

function openRuns({ runs }: TeamState, runnerId: RunnerId): number {
  let count = 0;
  for (const run of runs.values()) if (run.runnerId === runnerId && run.status !== "ended") count++;
  return count;
}

export function RunnerCard({ runner }: { readonly runner: Runner }) {
  const app = useApp();
  const me = useMe();
  const members = useTeam((state) => state.members);
  const previews = useTeam((state) => state.previews);
  // What the runner reports of itself is seconds old.
  const running = useTeam((state) => openRuns(state, runner.id));
  const [open, setOpen] = useState<"none" | "edit" | "revoke" | "port">("none");
  const [checking, setChecking] = useState(false);
  const look = runnerLook(runner);
  const { report, body } = runner;
  const mine = runner.memberId === me?.id;
  const mayEdit = mayCall(me, "changeRunner") && (mine || me?.role === "owner");
  const check = async () => {
    setChecking(true);
    const checked = await app.attempt(() => app.client.call("checkRunner", { params: { id: runner.id } }));
    if (checked) app.team.put({ runners: [checked] });
    setChecking(false);
  };
  const revoke = async () => {
    const done = await app.attempt(async () => {
      await app.client.call("revokeRunner", { params: { id: runner.id } });
      return true;
    });
    if (done) app.notices.say(`${body.name} was revoked. Its runs are kept.`);
  };
  return (
    <article className="runner" aria-label={body.name}>
      <div className="runner-head">
        <StateMark look={look} />
        <h2>{body.name}</h2>
        <span className="quiet">
          {look.label}
          {runner.state === "away" && (
            <>
              {" "}
              <Ago at={runner.lastSeenAt} />
            </>
          )}
        </span>
        <span className="runner-actions">
          {isConnected(runner) && (
            <Button look="ghost" icon="refresh" disabled={checking} onClick={check}>
              {checking ? "Checking…" : "Check now"}
            </Button>
          )}
          {isConnected(runner) && mayCall(me, "openPreview") && (
            <Button look="ghost" icon="globe" onClick={() => setOpen("port")}>
              Show a port
            </Button>
          )}
          {mayEdit && (
            <Button look="ghost" icon="edit" onClick={() => setOpen("edit")}>
              Edit
            </Button>
          )}
          {mayCall(me, "revokeRunner") && (
            <Button look="ghost" icon="trash" onClick={() => setOpen("revoke")}>
              Revoke
            </Button>
          )}
        </span>
      </div>
      <p className="runner-line quiet">
        <span className="mono">{body.folder}</span> on {body.host} · {body.platform}
        {body.editor && ` · ${body.editor}`} · paired by {memberName(runner.memberId, members, me?.id)}
      </p>
      <ul className="runner-facts">
        {report && <li>{policyTexts[report.policy]}</li>}
        {report && <li>{running === 0 ? "nothing running" : `${running} running`}</li>}
        <li>{runner.concurrency} at a time</li>
        {report?.load !== undefined && <li>load {report.load.toFixed(2)}</li>}
        {report?.freeDiskBytes !== undefined && <li>{byteSize(report.freeDiskBytes)} free</li>}
        {report && <li>Baton {report.version}</li>}
        {runner.promptedBy !== "team" && <li>prompted only by {promptedBy(runner, members, me?.id)}</li>}
        {report && (
          <li>
            checked <Ago at={report.checkedAt} />
          </li>
        )}
      </ul>
      {runner.labels.length > 0 && (
        <div className="labels">
          {runner.labels.map((label) => (
            <span key={label} className="label">
              {label}
            </span>
          ))}
        </div>
      )}
      <PreviewList previews={openPreviews({ previews }, runner.id)} />
      <Projects runner={runner} />
      {report && <Agents agents={report.agents} />}
      {open === "port" && <ShowPort runner={runner} onClose={() => setOpen("none")} />}
      {open === "edit" && <RunnerEditor runner={runner} onClose={() => setOpen("none")} />}
      {open === "revoke" && (
        <Confirm
          title={`Revoke ${body.name}?`}
          action="Revoke"
          onConfirm={() => void revoke()}
          onClose={() => setOpen("none")}
        >
          Its connection closes and it takes no more prompts. Its runs are kept, and it can be paired again.
        </Confirm>
      )}
    </article>
  );
}

function promptedBy(runner: Runner, members: ReadonlyMap<string, { readonly name: string }>, me?: string): string {
  const list = runner.promptedBy === "team" ? [] : runner.promptedBy;
  const names = list.map((id) => (id === me ? "you" : (members.get(id)?.name ?? "a former member")));
  return names.length > 0 ? names.join(", ") : "its own member";
}

function Agents({ agents }: { readonly agents: readonly AgentInfo[] }) {
  const chosen = agents.filter(isChosenForPrompts);
  if (chosen.length === 0) return <p className="hint">No agent was found on this machine.</p>;
  const sorted = chosen.sort((a, b) => Number(b.available) - Number(a.available));
  return (
    <ul className="agents">
      {sorted.map((agent) => {
        const trouble = agentTrouble(agent);
        return (
          <li key={agent.id}>
            <Icon
              name={trouble ? (agent.available ? "warning" : "circle-slash") : "pass"}
              tone={trouble ? "quiet" : "ok"}
            />
            <span>{agent.name}</span>
            <span className="quiet">{trouble ?? agent.version ?? ""}</span>
          </li>
        );
      })}
    </ul>
  );
}
