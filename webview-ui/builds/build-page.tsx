import { useState } from "react";
import type { ListedTemplate } from "#protocol/documents";
import { errorText } from "#protocol/errors";
import { Button, ErrorBox, Icon, Skeleton } from "../controls/controls";
import { mayCall } from "../model/allowed";
import { useApp, useDelayed, useMe } from "../model/hooks";
import { Page } from "../pages/page";
import { useLoaded } from "../pages/use-loaded";
import { BuildForm } from "./build-form";

/** Something new: a template, what an agent makes of it, and where. */
export function BuildPage() {
  const { client } = useApp();
  const me = useMe();
  const { value, error, reload } = useLoaded(() => client.call("listTemplates"));
  const waiting = useDelayed(value === undefined && error === undefined);
  const [chosen, setChosen] = useState<ListedTemplate>();
  const isWatching = me !== undefined && !mayCall(me, "queuePrompt");
  return (
    <Page
      title="Begin with a template"
      lead="An agent builds on it, on the runner's own machine, and the page that comes of it is shown here."
    >
      {isWatching && <p className="hint">Queueing a prompt needs the role “prompter”; an owner can change yours.</p>}
      {value === undefined && error && (
        <ErrorBox text={errorText(error)}>
          <Button onClick={reload}>Try again</Button>
        </ErrorBox>
      )}
      {waiting && <Skeleton rows={4} />}
      {value && (
        <ul className="template-list" aria-label="Templates">
          {value.templates.map((template) => (
            <li key={template.id}>
              <button
                type="button"
                className="template-card"
                aria-pressed={chosen?.id === template.id}
                disabled={isWatching}
                onClick={() => setChosen(template)}
              >
                <Icon name={template.icon} tone="quiet" />
                <span className="template-name">
                  {template.name}
                  {template.origin === "team" && <span className="label">team</span>}
                </span>
                <span className="template-text">{template.description}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {chosen && !isWatching && <BuildForm key={chosen.id} template={chosen} />}
    </Page>
  );
}
