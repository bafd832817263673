import { type FormEvent, useState } from "react";
import { tokenScopes } from "#protocol/documents";
import { errorText } from "#protocol/errors";
import { Button, Field, IconButton } from "../controls/controls";
import { Dialog } from "../controls/dialog";
import { Secret } from "../controls/secret";
import { timeStamp } from "../model/format";
import { useApp } from "../model/hooks";
import { Section } from "./page";
import { useLoaded } from "./use-loaded";

type Scope = (typeof tokenScopes)[number];
const scopeTexts: Record<Scope, string> = {
  read: "Read runs and follow them",
  prompt: "Queue and cancel prompts",
  approve: "Answer and type",
};

export function Tokens() {
  const app = useApp();
  const { value, error, reload } = useLoaded(() => app.client.call("listTokens"));
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState("");
  const remove = async (id: string) => {
    await app.attempt(() => app.client.call("removeToken", { params: { id } }));
    reload();
  };
  return (
    <Section
      title="API tokens"
      hint="For scripts and editors, in place of you."
      aside={
        <Button icon="key" onClick={() => setMaking(true)}>
          New token
        </Button>
      }
    >
      {secret && <Secret label="Token" value={secret} note="Copy it now; it is not shown again." />}
      {error && <p className="error-text">{errorText(error)}</p>}
      {value && value.tokens.length > 0 && (
        <ul className="table">
          {value.tokens.map((token) => (
            <li key={token.id}>
              <span className="grow">
                {token.name}
                <span className="quiet">
                  {" "}
                  · {token.scopes.join(", ")} · until {timeStamp(token.expiresAt)}
                  {token.lastUsedAt ? ` · used ${timeStamp(token.lastUsedAt)}` : " · never used"}
                </span>
              </span>
              <IconButton icon="trash" label={`Revoke ${token.name}`} onClick={() => void remove(token.id)} />
            </li>
          ))}
        </ul>
      )}
      {making && (
        <TokenForm
          onClose={() => setMaking(false)}
          onMade={(made) => {
            setMaking(false);
            setSecret(made);
            reload();
          }}
        />
      )}
    </Section>
  );
}

function TokenForm({ onClose, onMade }: { readonly onClose: () => void; readonly onMade: (secret: string) => void }) {
  const app = useApp();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>(["read"]);
  const make = async (event: FormEvent) => {
    event.preventDefault();
    const made = await app.attempt(() =>
      app.client.call("makeToken", { body: { name: name.trim(), scopes: [...scopes] } }),
    );
    if (made) onMade(made.secret);
  };
  return (
    <Dialog title="New API token" onClose={onClose}>
      <form className="stack" onSubmit={make}>
        <Field label="Name" hint="What it is for.">
          <input value={name} required maxLength={80} onChange={(event) => setName(event.target.value)} />
        </Field>
        <fieldset>
          <legend className="field-label">It may</legend>
          {tokenScopes.map((scope) => (
            <label key={scope} className="choice">
              <input
                type="checkbox"
                checked={scopes.includes(scope)}
                onChange={(event) =>
                  setScopes(event.target.checked ? [...scopes, scope] : scopes.filter((each) => each !== scope))
                }
              />
              {scopeTexts[scope]}
            </label>
          ))}
        </fieldset>
        <p className="hint">It ends after 90 days and never may more than you.</p>
        <div className="actions end">
          <Button onClick={onClose}>Not now</Button>
          <Button look="primary" type="submit" disabled={name.trim() === "" || scopes.length === 0}>
            Make the token
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
