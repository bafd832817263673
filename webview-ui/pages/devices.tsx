import { useState } from "react";
import { errorText } from "#protocol/errors";
import { Button, IconButton } from "../controls/controls";
import { Secret } from "../controls/secret";
import { agoText, timeStamp } from "../model/format";
import { useApp, useNow } from "../model/hooks";
import { Section } from "./page";
import { useLoaded } from "./use-loaded";

const kindTexts = { browser: "browser", runner: "runner", cli: "command line" } as const;

export function Devices() {
  const app = useApp();
  const now = useNow(30_000);
  const { value, error, reload } = useLoaded(() => app.client.call("listDevices"));
  const [link, setLink] = useState<{ url: string; expiresAt: number }>();
  const make = async () => setLink(await app.attempt(() => app.client.call("makeLink")));
  const remove = async (id: string) => {
    await app.attempt(() => app.client.call("removeDevice", { params: { id } }));
    reload();
  };
  const devices = (value?.devices ?? [])
    .filter((device) => !device.revokedAt)
    .sort((a, b) => b.lastSeenAt - a.lastSeenAt);
  return (
    <Section
      title="Your devices"
      aside={
        <Button icon="device-mobile" onClick={make}>
          Link for another device
        </Button>
      }
    >
      {link && (
        <Secret
          label="Sign-in link"
          value={link.url}
          note={`Open it on the other device. It signs you in there, once, until ${timeStamp(link.expiresAt)}.`}
        />
      )}
      {error && <p className="error-text">{errorText(error)}</p>}
      <ul className="table">
        {devices.map((device) => (
          <li key={device.id}>
            <span className="grow">
              {device.name}
              <span className="quiet">
                {" "}
                · {kindTexts[device.kind]} · seen {agoText(now - device.lastSeenAt)}
              </span>
            </span>
            <IconButton icon="sign-out" label={`Sign out ${device.name}`} onClick={() => void remove(device.id)} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
