import { type ReactNode, useEffect, useState } from "react";
import { errorText } from "#protocol/errors";
import type { Role } from "#protocol/roles";
import { Button, ErrorBox, Field } from "../controls/controls";
import { Mark } from "../layout/sidebar";
import { useApp, useStore } from "../model/hooks";
import { ShareNote } from "./share-note";

export const roleTexts: Record<Role, string> = {
  viewer: "You can watch everything.",
  prompter: "You can watch and queue prompts.",
  approver: "You can watch, queue prompts, and type into terminals.",
  owner: "You can do everything, including inviting people and pairing runners.",
};

function Card({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <main className="card-page">
      <div className="card">
        <div className="card-brand">
          <Mark />
          <b>Baton</b>
        </div>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

/** A visit without a session. */
export function SignedOut() {
  const { session, client } = useApp();
  const state = useStore(session);
  return (
    <Card title="Sign in with a link">
      {state.phase === "signed-out" && state.error && <ErrorBox text={errorText(state.error)} />}
      <ShareNote />
      <p>There is no password here: a link signs a browser in, once. You get one in one of these ways.</p>
      <dl className="ways">
        <dt>You use Baton on another device</dt>
        <dd>Open Team there and choose “Link for another device”.</dd>
        <dt>Somebody else runs this relay</dt>
        <dd>Ask an owner of the team for an invitation.</dd>
        <dt>You run this relay</dt>
        <dd>
          It printed a link when it started. For a new one, on its machine: <code>baton-relay link YOUR-NAME</code>
        </dd>
      </dl>
      <p className="hint">This relay is at {client.baseUrl}.</p>
    </Card>
  );
}

/** How often a relay that does not answer is asked again. */
const retryMs = 4_000;

export function Unreachable() {
  const { session } = useApp();
  const state = useStore(session);
  useEffect(() => {
    const timer = setInterval(() => void session.ask(), retryMs);
    return () => clearInterval(timer);
  }, [session]);
  if (state.phase !== "unreachable") return null;
  return (
    <Card title="The relay does not answer">
      <ErrorBox text={errorText(state.error)} />
      <p>This page tries again by itself. Your session and everything on the relay are as they were.</p>
      <div className="actions">
        <Button look="primary" onClick={() => void session.ask()}>
          Try again
        </Button>
      </div>
    </Card>
  );
}

/** An invitation asks for a name and says what it gives. */
export function Invited() {
  const { session } = useApp();
  const state = useStore(session);
  const [name, setName] = useState("");
  if (state.phase !== "invited") return null;
  const { role } = state.peek;
  return (
    <Card title="You are invited">
      {role && (
        <p>
          Your role will be <b>{role}</b>. {roleTexts[role]}
        </p>
      )}
      {state.error && <ErrorBox text={errorText(state.error)} />}
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void session.accept(name.trim());
        }}
      >
        <Field label="Your name" hint="The others on the team see it beside what you do.">
          <input value={name} maxLength={80} required autoComplete="name" onChange={(e) => setName(e.target.value)} />
        </Field>
        <div className="actions">
          <Button look="primary" type="submit" disabled={name.trim() === "" || state.busy}>
            {state.busy ? "Joining…" : "Join the team"}
          </Button>
        </div>
      </form>
    </Card>
  );
}
