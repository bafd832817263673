import { type FormEvent, useState } from "react";
import { errorText } from "#protocol/errors";
import type { PeerError } from "#sdk/connection";
import { Button, ErrorBox, Field } from "../controls/controls";
import { useApp } from "../model/hooks";

interface CodeFormProps {
  /** The page that the code is for. */
  readonly path: "/pair" | "/sign-in";
  readonly hint: string;
  readonly code: string;
  /** Why the code before was refused. */
  readonly error: PeerError | undefined;
}

/** Asks for the code that a machine shows (RFC 8628). */
export function CodeForm({ path, hint, error, code }: CodeFormProps) {
  const { router } = useApp();
  const [text, setText] = useState(code);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    router.go(`${path}?code=${encodeURIComponent(text.trim().toUpperCase())}`, "replace");
  };
  return (
    <form className="stack narrow" onSubmit={submit}>
      {error && <ErrorBox text={errorText(error)} />}
      <Field label="Code" hint={hint}>
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
