import type { Run } from "#protocol/documents";
import { Icon } from "../controls/controls";
import { evidenceFacts, evidenceLine } from "../model/evidence";

/** What the runner's editor, or Git, found before and after the run. */
export function EvidenceLine({ run }: { readonly run: Run }) {
  const line = run.evidence && evidenceLine(run.evidence);
  if (!line) return null;
  return (
    <span className="evidence" title="What the runner's editor found before and after">
      <Icon name="checklist" />
      {line}
    </span>
  );
}

export function EvidenceSection({ run }: { readonly run: Run }) {
  const facts = run.evidence ? evidenceFacts(run.evidence) : [];
  if (facts.length === 0) return null;
  return (
    <section aria-label="Evidence">
      <h2>Before and after</h2>
      <dl className="facts">
        {facts.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
