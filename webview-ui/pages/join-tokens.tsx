import { useState } from "react";
import { Button, IconButton } from "../controls/controls";
import { Secret } from "../controls/secret";
import { plural, timeStamp } from "../model/format";
import { useApp } from "../model/hooks";
import { Section } from "./page";
import { useLoaded } from "./use-loaded";

export function JoinTokens() {
  const app = useApp();
  const { value, reload } = useLoaded(() => app.client.call("listJoinTokens"));
  const [uses, setUses] = useState("1");
  const [secret, setSecret] = useState("");
  const make = async () => {
    const made = await app.attempt(() => app.client.call("makeJoinToken", { body: { uses: Number(uses) || 1 } }));
    if (!made) return;
    setSecret(made.secret);
    reload();
  };
  const withdraw = async (id: string) => {
    await app.attempt(() => app.client.call("removeJoinToken", { params: { id } }));
    reload();
  };
  return (
    <Section title="Join tokens" hint="They pair machines without a person, such as a container in CI.">
      <div className="actions">
        <label className="inline">
          Uses
          <input type="number" min={1} max={1000} value={uses} onChange={(event) => setUses(event.target.value)} />
        </label>
        <Button icon="server-environment" onClick={make}>
          Make a join token
        </Button>
      </div>
      {secret && (
        <Secret label="Join token" value={secret} note="Valid for a day. Copy it now; it is not shown again." />
      )}
      {value && value.joinTokens.length > 0 && (
        <ul className="table">
          {value.joinTokens.map((token) => (
            <li key={token.id}>
              <span className="grow">
                {plural(token.uses, "use")} left
                <span className="quiet">
                  {" "}
                  · until {timeStamp(token.expiresAt)}
                  {token.labels.length > 0 && ` · ${token.labels.join(", ")}`}
                </span>
              </span>
              <IconButton icon="trash" label="Withdraw this join token" onClick={() => void withdraw(token.id)} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
