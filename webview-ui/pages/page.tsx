import type { ReactNode } from "react";
import { IconButton } from "../controls/controls";
import { useApp } from "../model/hooks";

interface PageProps {
  readonly title: string;
  readonly lead?: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A page of its own beside the list. */
export function Page({ title, lead, aside, children }: PageProps) {
  const { router } = useApp();
  return (
    <div className="page">
      <div className="run-title">
        <IconButton className="back" icon="chevron-left" label="Back to the runs" onClick={() => router.go("/")} />
        <h1>{title}</h1>
        <span className="spring" />
        {aside}
      </div>
      {lead && <p className="quiet lead">{lead}</p>}
      {children}
    </div>
  );
}

interface SectionProps {
  readonly title: string;
  readonly hint?: ReactNode;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Section({ title, hint, aside, children }: SectionProps) {
  return (
    <section className="block" aria-label={title}>
      <div className="block-head">
        <h2>{title}</h2>
        <span className="spring" />
        {aside}
      </div>
      {hint && <p className="hint">{hint}</p>}
      {children}
    </section>
  );
}
