import { errorText } from "#protocol/errors";
import type { ConnectionPhase } from "#sdk/connection";
import { Button } from "../controls/controls";
import { useApp, useDelayed, useStore, useTeam } from "../model/hooks";

const texts: Record<Exclude<ConnectionPhase, "live" | "denied">, string> = {
  connecting: "Connecting…",
  reconnecting: "Reconnecting…",
  offline: "Offline. What you see may be older; what you queue is kept here and sent when the relay is back.",
};

const localText = "The keeper is not reached. The run goes on; what you see may be older.";

/** A thin line while there is no live connection. What is shown stays. */
export function ConnectionBar() {
  const { connection, home } = useApp();
  const { phase, error } = useStore(connection.state);
  const shown = useDelayed(phase !== "live", phase === "connecting" ? 1_000 : 150);
  const denied = phase === "denied";
  const health = useTeam((state) => state.health);
  if (phase === "live" && health) {
    return (
      <div className="connection" role="status" data-phase="live">
        {errorText(health)}
      </div>
    );
  }
  return (
    <div className="connection" role="status" data-phase={phase} hidden={!shown}>
      {shown && phase !== "live" && (
        <>
          <span>
            {home.isLocal
              ? localText
              : denied
                ? error
                  ? errorText(error)
                  : "The relay refused the connection."
                : texts[phase]}
          </span>
          {phase === "offline" && (
            <Button look="ghost" onClick={() => connection.wake()}>
              Try now
            </Button>
          )}
          {denied && (
            <Button look="ghost" onClick={() => home.reload()}>
              Reload the page
            </Button>
          )}
        </>
      )}
    </div>
  );
}
