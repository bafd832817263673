import { useEffect, useState } from "react";
import type { ResponseOf } from "#protocol/api";
import { asPeerError, type PeerError } from "#sdk/connection";
import { Button, Icon, Skeleton } from "../controls/controls";
import { useApp, useMe } from "../model/hooks";
import { CodeForm } from "./code-form";
import { Page } from "./page";

type AskingEditor = ResponseOf<"readSignIn">;
type State =
  | { readonly phase: "code"; readonly error?: PeerError }
  | { readonly phase: "reading" }
  | { readonly phase: "asking" | "approved" | "declined"; readonly editor: AskingEditor };

/** Signs an editor in as the member at this page, by the code that the editor shows. */
export function SignInPage({ code }: { readonly code: string }) {
  const app = useApp();
  const me = useMe();
  const [state, setState] = useState<State>(code ? { phase: "reading" } : { phase: "code" });
  useEffect(() => {
    if (!code) return;
    let left = false;
    setState({ phase: "reading" });
    app.client.call("readSignIn", { params: { code } }).then(
      (editor) => left || setState({ phase: "asking", editor }),
      (error) => left || setState({ phase: "code", error: asPeerError(error) }),
    );
    return () => {
      left = true;
    };
  }, [app, code]);

  const answer = async (phase: "approved" | "declined", editor: AskingEditor) => {
    const call = phase === "approved" ? "approveSignIn" : "declineSignIn";
    const done = await app.attempt(async () => {
      await app.client.call(call, { params: { code } });
      return true;
    });
    if (done) setState({ phase, editor });
  };

  return (
    <Page title="Sign an editor in">
      {state.phase === "code" && (
        <CodeForm path="/sign-in" hint="The editor shows it, in the form XXXX-XXXX." error={state.error} code={code} />
      )}
      {state.phase === "reading" && <Skeleton rows={3} />}
      {state.phase === "asking" && (
        <div className="stack">
          <p>
            This editor asks to act as you{me && `, ${me.name}`}. Approve it only if you started that yourself just now,
            and it shows the same code.
          </p>
          <dl className="facts boxed">
            <div>
              <dt>Editor</dt>
              <dd>{state.editor.name}</dd>
            </div>
            <div>
              <dt>Code</dt>
              <dd className="mono">{code}</dd>
            </div>
            <div>
              <dt>Asked from</dt>
              <dd>{state.editor.from}</dd>
            </div>
          </dl>
          <p className="hint">
            <Icon name="info" /> It shows the team’s runs, and queues and answers in your name. You can revoke it under
            Team, API tokens.
          </p>
          <div className="actions">
            <Button look="primary" onClick={() => void answer("approved", state.editor)}>
              Sign it in
            </Button>
            <Button onClick={() => void answer("declined", state.editor)}>Decline</Button>
          </div>
        </div>
      )}
      {state.phase === "approved" && (
        <p className="done-line">
          <Icon name="pass" tone="ok" /> {state.editor.name} is signed in{me && ` as ${me.name}`}. You can go back to
          it.
        </p>
      )}
      {state.phase === "declined" && <p>The sign-in was declined. Nothing on this relay has changed.</p>}
    </Page>
  );
}
