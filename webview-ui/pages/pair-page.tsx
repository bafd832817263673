import { useEffect, useState } from "react";
import type { ResponseOf } from "#protocol/api";
import { errorText } from "#protocol/errors";
import { asPeerError, type PeerError } from "#sdk/connection";
import { Button, ErrorBox, Icon, Skeleton } from "../controls/controls";
import { mayCall } from "../model/allowed";
import { useApp, useMe } from "../model/hooks";
import { CodeForm } from "./code-form";
import { Page } from "./page";

type Pairing = ResponseOf<"readPairing">;
type PairState =
  | { readonly phase: "code"; readonly error?: PeerError }
  | { readonly phase: "reading" }
  | { readonly phase: "asking"; readonly pairing: Pairing }
  | { readonly phase: "approved" | "declined"; readonly pairing: Pairing; readonly signedIn: boolean };

/** What the person at this page decided. */
interface Answer {
  readonly yes: boolean;
  readonly signIn: boolean;
}

/** Approves a runner: what it is, where it is, and by which key it is known. */
export function PairPage({ code }: { readonly code: string }) {
  const app = useApp();
  const me = useMe();
  const [state, setState] = useState<PairState>(code ? { phase: "reading" } : { phase: "code" });
  const may = mayCall(me, "approvePairing");
  useEffect(() => {
    if (!code || !may) return;
    let left = false;
    setState({ phase: "reading" });
    app.client.call("readPairing", { params: { code } }).then(
      (pairing) => left || setState({ phase: "asking", pairing }),
      (error) => left || setState({ phase: "code", error: asPeerError(error) }),
    );
    return () => {
      left = true;
    };
  }, [app, code, may]);

  const answer = async ({ yes, signIn }: Answer, pairing: Pairing) => {
    const done = await app.attempt(async () => {
      if (!yes) await app.client.call("declinePairing", { params: { code } });
      else app.team.put({ runners: [await app.client.call("approvePairing", { params: { code }, body: { signIn } })] });
      return true;
    });
    if (done) setState({ phase: yes ? "approved" : "declined", pairing, signedIn: signIn });
  };

  if (me && !may) {
    return (
      <Page title="Pair a runner">
        <ErrorBox text={errorText({ code: "role_required", params: { required: "owner", role: me.role } })} />
      </Page>
    );
  }
  return (
    <Page title="Pair a runner">
      {state.phase === "code" && (
        <CodeForm path="/pair" hint="The runner shows it, in the form XXXX-XXXX." error={state.error} code={code} />
      )}
      {state.phase === "reading" && <Skeleton rows={4} />}
      {state.phase === "asking" && (
        <Ask pairing={state.pairing} onAnswer={(given) => void answer(given, state.pairing)} />
      )}
      {state.phase === "approved" && (
        <div className="stack">
          <p className="done-line">
            <Icon name="pass" tone="ok" /> {state.pairing.body.name} is paired. It is ready in a moment.
          </p>
          {state.signedIn && <p>Its editor is signed in as {me?.name}.</p>}
          <div className="actions">
            <Button look="primary" onClick={() => app.router.go("/new")}>
              Queue a first prompt
            </Button>
            <Button onClick={() => app.router.go("/runners")}>Show the runners</Button>
          </div>
        </div>
      )}
      {state.phase === "declined" && <p>The pairing was declined. Nothing on this relay has changed.</p>}
    </Page>
  );
}

function Ask({ pairing, onAnswer }: { readonly pairing: Pairing; readonly onAnswer: (answer: Answer) => void }) {
  const { body } = pairing;
  const [signIn, setSignIn] = useState(pairing.signIn !== undefined);
  return (
    <div className="stack">
      <p>
        This machine asks to work for your team. Approve it only if you started it yourself just now, and the
        fingerprint is the one that it shows.
      </p>
      {pairing.replaces && (
        <div className="ask" role="alert">
          <h2>
            <Icon name="warning" tone="warn" /> This replaces the runner {pairing.replaces.name} of{" "}
            {pairing.replaces.member}
          </h2>
          <p>
            Once you approve, prompts for that runner go to this machine, and the one that served it until now no longer
            takes any. Decline if {pairing.replaces.member} does not expect it.
          </p>
        </div>
      )}
      <dl className="facts boxed">
        <div>
          <dt>Machine</dt>
          <dd>{body.host}</dd>
        </div>
        <div>
          <dt>Folder</dt>
          <dd className="mono">{body.folder}</dd>
        </div>
        <div>
          <dt>Fingerprint</dt>
          <dd className="mono fingerprint">{pairing.fingerprint}</dd>
        </div>
        <div>
          <dt>System</dt>
          <dd>
            {body.platform}
            {body.editor && ` · ${body.editor}`}
          </dd>
        </div>
        <div>
          <dt>Asked from</dt>
          <dd>{pairing.from}</dd>
        </div>
      </dl>
      <p className="hint">
        <Icon name="info" /> Whoever may queue prompts can then run agents in that folder, with the rights of the person
        who started the runner. The runner asks at its desk first, unless it was told otherwise there.
      </p>
      {pairing.signIn && <SignInSwitch editor={pairing.signIn.name} isOn={signIn} onChange={setSignIn} />}
      <div className="actions">
        <Button look="primary" onClick={() => onAnswer({ yes: true, signIn })}>
          {pairing.replaces ? "Approve and replace" : "Approve"}
        </Button>
        <Button onClick={() => onAnswer({ yes: false, signIn: false })}>Decline</Button>
      </div>
    </div>
  );
}

interface SignInSwitchProps {
  readonly editor: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

/** Whether the editor behind the runner may also act as the member who approves it. */
function SignInSwitch({ editor, isOn, onChange }: SignInSwitchProps) {
  const me = useMe();
  return (
    <div>
      <label className="choice">
        <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
        Also sign this editor in as me{me && ` (${me.name})`}
      </label>
      <p className="hint">
        “{editor}” then shows the team’s runs, and queues and answers in your name. Switch it off if somebody else sits
        there. You can revoke it under Team, API tokens.
      </p>
    </div>
  );
}
