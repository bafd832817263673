import { useEffect, useRef, useState } from "react";
import type { Run } from "#protocol/documents";
import { errorText } from "#protocol/errors";
import { roleAllows } from "#protocol/roles";
import { inputFrameRole } from "#protocol/viewer-link";
import { runLook } from "#sdk/run-look";
import { Button, IconButton } from "../controls/controls";
import { mayTypeInto } from "../model/allowed";
import { actorName } from "../model/format";
import { useApp, useMe, useNarrow, useStore, useTeam } from "../model/hooks";
import { ScaleControl } from "./scale-control";
import type { Scale } from "./terminal-scale";
import type { KeyboardHold, TerminalSession } from "./terminal-session";

interface LeaseBarProps {
  readonly run: Run;
  readonly session: TerminalSession;
  readonly scale: Scale;
  readonly onScale: (scale: Scale) => void;
  readonly onFit: () => void;
  readonly onSearch: () => void;
}

const leaseClasses: Record<KeyboardHold, string> = { none: "", asking: "asking", held: "yours" };

/** Who has the keyboard, and what can be done about it. */
export function LeaseBar({ run, session, scale, onScale, onFit, onSearch }: LeaseBarProps) {
  const app = useApp();
  const me = useMe();
  const narrow = useNarrow();
  const watch = useStore(session.watch.state);
  const keyboard = useStore(session.keyboard);
  const isHeld = keyboard === "held";
  const [busy, setBusy] = useState(false);
  const { text, tone } = useLeaseText(run, session);
  useTakenBack(session);

  const runner = useTeam((state) => state.runners).get(run.runnerId);
  const mayType = mayTypeInto(me, runner);
  const canType = mayType && run.status !== "ended" && !run.away && watch.phase === "live";
  const take = async () => {
    setBusy(true);
    await app.attempt(() => session.takeKeyboard());
    setBusy(false);
  };
  /** While the keyboard is held, a control of this bar gives the focus back to where the keys go. */
  const backToTerminal = () => {
    if (session.keyboard.get() === "held") session.focus();
  };

  return (
    <div className={`lease ${leaseClasses[keyboard]}`}>
      <span className={`dot ${tone}`} />
      <span className="lease-text" role="status">
        {watch.error ? errorText(watch.error) : text}
      </span>
      <span className="spring" />
      <IconButton icon="search" label="Search in the terminal" onClick={onSearch} />
      <ScaleControl
        scale={scale}
        onScale={(next) => {
          onScale(next);
          backToTerminal();
        }}
      />
      {isHeld && (
        <span className="lease-buttons">
          <Button
            onClick={() => {
              onFit();
              backToTerminal();
            }}
            title="Gives the run's terminal the size of this window, for everybody"
          >
            {narrow ? "Fit to my screen" : "Fit to my window"}
          </Button>
          <Button onClick={() => session.watch.releaseLease()}>Give back</Button>
        </span>
      )}
      {canType && !watch.lease.yours && (
        <span className="lease-buttons">
          <Button look={run.status === "needs-you" ? "primary" : "plain"} disabled={busy} onClick={take}>
            {busy ? "Asking…" : "Take the keyboard"}
          </Button>
        </span>
      )}
    </div>
  );
}

function useLeaseText(run: Run, session: TerminalSession): { text: string; tone: string } {
  const watch = useStore(session.watch.state);
  const members = useTeam((state) => state.members);
  const me = useMe();
  const runner = useTeam((state) => state.runners).get(run.runnerId);
  const { lease } = watch;
  if (run.status === "ended") return { text: `The run is over: ${runLook(run).label}.`, tone: "quiet" };
  if (watch.phase !== "live") return { text: "Connecting to the run…", tone: "quiet" };
  if (run.away)
    return {
      text: "Its runner is away. The work goes on there; it can be cancelled when the runner is back.",
      tone: "quiet",
    };
  if (lease.yours) return { text: "You have the keyboard", tone: "live" };
  if (lease.holder) return { text: typingText(actorName(lease.holder, members, me?.id)), tone: "ok" };
  if (me && !roleAllows(me.role, inputFrameRole)) {
    return { text: `You are watching. Typing needs the role “${inputFrameRole}”.`, tone: "quiet" };
  }
  if (me && !mayTypeInto(me, runner)) {
    return { text: "You are watching. The runner's own member decides who types here.", tone: "quiet" };
  }
  return { text: "Nobody is typing", tone: "quiet" };
}

/** Says it when somebody else took the keyboard. */
function useTakenBack(session: TerminalSession): void {
  const app = useApp();
  const lease = useStore(session.watch.state, (state) => state.lease);
  const had = useRef(false);
  useEffect(() => {
    if (had.current && !lease.yours && lease.holder) {
      const { members, me } = app.team.get();
      app.notices.say(`${capital(actorName(lease.holder, members, me?.id))} took the keyboard.`);
    }
    had.current = lease.yours;
  }, [app, lease]);
}

const typingText = (name: string) =>
  name.endsWith(" at the desk")
    ? `${capital(name.replace(/ at the desk$/, ""))} is typing at the desk`
    : `${capital(name)} is typing`;
const capital = (text: string) => `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}`;
