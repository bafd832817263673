import { Button, Icon, Skeleton } from "../controls/controls";
import { Secret } from "../controls/secret";
import { mayCall } from "../model/allowed";
import { useApp, useDelayed, useMe, useNarrow, usePlace, useTeam } from "../model/hooks";
import { Composer } from "./composer";
import { useChooser } from "./use-choices";

/** Where nothing is open: what shall be done, or how to get to the point where something can be. */
export function StartPage() {
  const loaded = useTeam((state) => state.loaded);
  const { router } = useApp();
  const place = usePlace();
  const chooser = useChooser({ runnerId: place.query.get("runner") ?? undefined });
  const folder = place.query.get("folder") ?? "";
  const me = useMe();
  const narrow = useNarrow();
  const waiting = useDelayed(!loaded);
  if (!loaded) {
    return (
      <>
        <h1 className="sr-only">Baton</h1>
        {waiting && <Skeleton rows={5} />}
      </>
    );
  }
  return (
    <div className="start">
      <div className="start-column">
        {me && !mayCall(me, "queuePrompt") ? (
          <Watching />
        ) : chooser.choices.target ? (
          <>
            <h1>What should be done?</h1>
            <Composer
              key={folder}
              place="new"
              folder={folder}
              placeholder={
                narrow ? "Describe the work." : "Describe the work. Enter queues it, Shift+Enter starts a new line."
              }
              chooser={chooser}
              autoFocus
            />
            <Button look="ghost" icon="rocket" className="start-build" onClick={() => router.go("/build")}>
              Begin with a template
            </Button>
            <p className="hint start-hint">
              It runs on the runner's own machine. Everybody on the team can watch, and nothing is lost when you leave.
            </p>
          </>
        ) : (
          <FirstRunner />
        )}
      </div>
    </div>
  );
}

/** For a member who queues nothing. */
function Watching() {
  return (
    <>
      <h1>Choose a run to watch</h1>
      <p>What your team queues is in the list, live while it works and whole when it is over.</p>
      <p className="hint">Queueing a prompt needs the role “prompter”; an owner can change yours.</p>
    </>
  );
}

/** No runner that this member may prompt. */
function FirstRunner() {
  const { client } = useApp();
  const me = useMe();
  const hasRunners = useTeam((state) => [...state.runners.values()].some((runner) => runner.state !== "revoked"));
  if (hasRunners) {
    return (
      <>
        <h1>No runner takes prompts from you</h1>
        <p>The member of a runner decides who may prompt it. Ask one of them on the Runners page.</p>
      </>
    );
  }
  return (
    <>
      <Icon name="device-desktop" />
      <h1>Connect a first runner</h1>
      <p>
        A runner is a folder on a machine of yours where agents work. On that machine, in that folder, run this command
        and open the link it prints:
      </p>
      <Secret
        label="Command"
        value={`baton runner --relay ${client.baseUrl}`}
        note="It only dials out; no port is opened."
      />
      {!mayCall(me, "approvePairing") && <p className="hint">An owner of the team has to approve it.</p>}
    </>
  );
}
