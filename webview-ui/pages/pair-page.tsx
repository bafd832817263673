import { type FormEvent, useEffect, useState } from "react";
import type { ResponseOf } from "#protocol/api";
import { errorText } from "#protocol/errors";
import { asPeerError, type PeerError } from "#sdk/connection";
import { Button, ErrorBox, Field, Icon, Skeleton } from "../controls/controls";
import { mayCall } from "../model/allowed";
import { useApp, useMe } from "../model/hooks";
import { Page } from "./page";

type Pairing = ResponseOf<"readPairing">;
type PairState =
  | { readonly phase: "code"; readonly error?: PeerError }
  | { readonly phase: "reading" }
  | { readonly phase: "asking"; readonly pairing: Pairing }
  | { readonly phase: "approved" | "declined"; readonly pairing: Pairing };

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

  const answer = async (yes: boolean, pairing: Pairing) => {
    const done = await app.attempt(async () => {
      if (!yes) await app.client.call("declinePairing", { params: { code } });
      else app.team.put({ runners: [await app.client.call("approvePairing", { params: { code } })] });
      return true;
    });
    if (done) setState({ phase: yes ? "approved" : "declined", pairing });
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
      {state.phase === "code" && <CodeForm error={state.error} code={code} />}
      {state.phase === "reading" && <Skeleton rows={4} />}
      {state.phase === "asking" && <Ask pairing={state.pairing} onAnswer={(yes) => void answer(yes, state.pairing)} />}
      {state.phase === "approved" && (
        <div className="stack">
          <p className="done-line">
            <Icon name="pass" tone="ok" /> {state.pairing.body.name} is paired. It is ready in a moment.
          </p>
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

function CodeForm({ error, code }: { readonly error: PeerError | undefined; readonly code: string }) {
  const { router } = useApp();
  const [text, setText] = useState(code);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    router.go(`/pair?code=${encodeURIComponent(text.trim().toUpperCase())}`, "replace");
  };
  return (
    <form className="stack narrow" onSubmit={submit}>
      {error && <ErrorBox text={errorText(error)} />}
      <Field label="Code" hint="The runner shows it, in the form XXXX-XXXX.">
        <input
          className="mono"
          value={text}
          required
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          placeholder="XXXX-XXXX"
          onChange={(event) => setText(event.target.value)}
        />
      </Field>
      <div className="actions">
        <Button look="primary" type="submit" disabled={text.trim() === ""}>
          Continue
        </Button>
      </div>
    </form>
  );
}

function Ask({ pairing, onAnswer }: { readonly pairing: Pairing; readonly onAnswer: (yes: boolean) => void }) {
  const { body } = pairing;
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
      <div className="actions">
        <Button look="primary" onClick={() => onAnswer(true)}>
          {pairing.replaces ? "Approve and replace" : "Approve"}
        </Button>
        <Button onClick={() => onAnswer(false)}>Decline</Button>
      </div>
    </div>
  );
}
