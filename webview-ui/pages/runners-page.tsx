import { Empty } from "../controls/controls";
import { Secret } from "../controls/secret";
import { isOnline } from "../model/describe";
import { plural } from "../model/format";
import { useApp, useTeam } from "../model/hooks";
import { Page } from "./page";
import { RunnerCard } from "./runner-card";

const order = { online: 0, paused: 1, away: 2, revoked: 3 } as const;

export function RunnersPage() {
  const { client } = useApp();
  const all = useTeam((state) => state.runners);
  const runners = [...all.values()]
    .filter((runner) => runner.state !== "revoked")
    .sort((a, b) => order[a.state] - order[b.state] || a.body.name.localeCompare(b.body.name));
  const online = runners.filter(isOnline).length;
  return (
    <Page
      title="Runners"
      lead={
        runners.length > 0
          ? `${online} of ${plural(runners.length, "runner")} online. A runner is a folder where agents work.`
          : "A runner is a folder on a machine of yours where agents work."
      }
    >
      {runners.length === 0 && <Empty icon="device-desktop" title="No runner yet" />}
      <div className="cards">
        {runners.map((runner) => (
          <RunnerCard key={runner.id} runner={runner} />
        ))}
      </div>
      <section className="block" aria-label="Connect another">
        <h2>{runners.length === 0 ? "Connect one" : "Connect another"}</h2>
        <Secret
          label="Command"
          value={`baton runner --relay ${client.baseUrl}`}
          note="Run it in the folder, on its machine, and open the link it prints. It only dials out; no port is opened."
        />
      </section>
    </Page>
  );
}
