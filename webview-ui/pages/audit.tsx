import { useState } from "react";
import type { AuditEntry } from "#protocol/documents";
import { errorText } from "#protocol/errors";
import { Button } from "../controls/controls";
import { memberName, timeStamp } from "../model/format";
import { useApp, useTeam } from "../model/hooks";
import { Section } from "./page";
import { useLoaded } from "./use-loaded";

const pageSize = 50;

/** Who changed what, newest first. */
export function Audit() {
  const app = useApp();
  const team = useTeam((state) => state);
  const { value, error } = useLoaded(() => app.client.call("readAudit", { query: { limit: pageSize } }));
  const [older, setOlder] = useState<{ entries: readonly AuditEntry[]; next?: string | undefined }>();
  const next = older ? older.next : value?.next;
  const more = async () => {
    const page = await app.attempt(() =>
      app.client.call("readAudit", { query: { limit: pageSize, ...(next && { cursor: next }) } }),
    );
    if (page) setOlder({ entries: [...(older?.entries ?? []), ...page.entries], next: page.next });
  };
  const entries = [...(value?.entries ?? []), ...(older?.entries ?? [])];
  return (
    <Section title="Audit" hint="Every change: who, what, when, from where.">
      {error && <p className="error-text">{errorText(error)}</p>}
      <ul className="table audit">
        {entries.map((entry, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries have no id and are only ever added.
          <li key={index}>
            <span className="audit-time">{timeStamp(entry.at)}</span>
            <span className="grow">
              {entry.memberId ? memberName(entry.memberId, team.members, team.me?.id) : "—"} · {entry.action}
              {entry.target && <span className="mono quiet"> {entry.target}</span>}
            </span>
            <span className="quiet">{entry.from}</span>
          </li>
        ))}
      </ul>
      {next && (
        <div className="actions">
          <Button onClick={more}>Show older entries</Button>
        </div>
      )}
    </Section>
  );
}
