import { useEffect, useState } from "react";
import { errorText } from "#protocol/errors";
import { Button, IconButton } from "../controls/controls";
import { Secret } from "../controls/secret";
import { isConnected } from "../model/describe";
import { agoText, deadline } from "../model/format";
import { useApp, useNow, useTeam } from "../model/hooks";
import { Section } from "./page";
import { useLoaded } from "./use-loaded";

/** How often it is looked whether a link that is shown was used. */
const linkCheckMs = 2_000;

interface ShownLink {
  readonly url: string;
  readonly expiresAt: number;
  /** The devices that there were when it was made. */
  readonly known: ReadonlySet<string>;
}

const kindTexts = { browser: "browser", runner: "runner", cli: "command line" } as const;

export function Devices() {
  const app = useApp();
  const now = useNow(30_000);
  const { value, error, reload } = useLoaded(() => app.client.call("listDevices"));
  const runners = useTeam((state) => state.runners);
  const connected = new Set([...runners.values()].filter(isConnected).map((runner) => runner.deviceId));
  const [link, setLink] = useState<ShownLink>();
  const make = async () => {
    const made = await app.attempt(() => app.client.call("makeLink"));
    if (made) setLink({ ...made, known: new Set(value?.devices.map((device) => device.id)) });
  };
  // A link is no secret worth keeping on the screen once it was used, or cannot be any more.
  useEffect(() => {
    if (!link) return;
    const timer = setInterval(reload, linkCheckMs);
    return () => clearInterval(timer);
  }, [link, reload]);
  const used = link && value?.devices.find((device) => device.kind === "browser" && !link.known.has(device.id));
  const isOver = link !== undefined && now > link.expiresAt;
  useEffect(() => {
    if (!used && !isOver) return;
    setLink(undefined);
    app.notices.say(used ? `“${used.name}” is signed in now.` : "The link has expired. Nobody used it.");
  }, [app, used, isOver]);
  const remove = async (id: string) => {
    await app.attempt(() => app.client.call("removeDevice", { params: { id } }));
    reload();
  };
  const devices = (value?.devices ?? [])
    .filter((device) => !device.revokedAt)
    .sort((a, b) => Number(connected.has(b.id)) - Number(connected.has(a.id)) || b.lastSeenAt - a.lastSeenAt);
  return (
    <Section
      title="Your devices"
      aside={
        <Button icon="device-mobile" disabled={!value} onClick={make}>
          Link for another device
        </Button>
      }
    >
      {link && (
        <Secret
          label="Sign-in link"
          value={link.url}
          note={`Open it on the other device. It signs you in there, once, until ${deadline(link.expiresAt)}.`}
          forPhones
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
                · {kindTexts[device.kind]} ·{" "}
                {connected.has(device.id) ? "connected now" : `seen ${agoText(now - device.lastSeenAt)}`}
              </span>
            </span>
            <IconButton icon="sign-out" label={`Sign out ${device.name}`} onClick={() => void remove(device.id)} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
