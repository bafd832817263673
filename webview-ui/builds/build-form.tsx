import { type FormEvent, useEffect, useRef, useState } from "react";
import type { NewPrompt } from "#protocol/api";
import { maxPathLength, maxPromptTextBytes } from "#protocol/caps";
import { devServerAgent, type ListedTemplate } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { Button, Chip, Field } from "../controls/controls";
import { useApp, useStore } from "../model/hooks";
import { promptPath } from "../model/router";
import { useChooser } from "../runs/use-choices";
import { folderNameOf } from "./folder-name";

/** What shall become of a template: the words for the agent, the folder, the runner. */
export function BuildForm({ template }: { readonly template: ListedTemplate }) {
  const app = useApp();
  const account = useStore(app.account);
  const chooser = useChooser();
  const { choices, choose } = chooser;
  const [text, setText] = useState("");
  const [typedFolder, setTypedFolder] = useState<string>();
  const [variables, setVariables] = useState<Readonly<Record<string, string>>>({});
  const [setsUp, setSetsUp] = useState(true);
  const [starts, setStarts] = useState(template.start !== undefined);
  const [sending, setSending] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const folder = typedFolder ?? folderNameOf(text);

  const queue = async (event: FormEvent) => {
    event.preventDefault();
    if (!account || !choices.target) return;
    setSending(true);
    const request: NewPrompt = {
      ...{ target: choices.target, agent: choices.agent, mode: choices.mode, access: choices.access },
      body: {
        text: text.trim(),
        folder: folder.trim(),
        build: {
          ...{ template: template.source, name: template.name, start: starts },
          variables: Object.fromEntries(Object.entries(variables).filter(([, value]) => value.trim() !== "")),
          ...(setsUp && template.setUp !== undefined && { setUp: template.setUp }),
        },
      },
    };
    const prompt = await app.attempt(async () => {
      if (new TextEncoder().encode(request.body.text).length > maxPromptTextBytes) {
        throw new BatonError("body_too_large", { maxBytes: maxPromptTextBytes });
      }
      return app.client.call("queuePrompt", { body: request });
    });
    setSending(false);
    if (!prompt) return;
    chooser.queued();
    app.team.put({ prompts: [prompt] });
    app.router.go(promptPath(prompt.id));
  };

  if (!choices.target)
    return <p className="hint">No runner takes prompts from you. The Runners page says who decides.</p>;
  const agents = choices.agents.filter(({ value }) => value !== devServerAgent);
  return (
    <form className="build-form" onSubmit={queue} aria-label={`Build with ${template.name}`}>
      <Field label="What shall it become?">
        <textarea
          ref={field}
          required
          rows={3}
          value={text}
          placeholder="A landing page for a bakery, with opening hours and a map."
          onChange={(event) => setText(event.target.value)}
        />
      </Field>
      <Field label="Folder" hint="New, or empty, below the runner's folder.">
        <input
          className="mono"
          required
          maxLength={maxPathLength}
          spellCheck={false}
          autoCapitalize="off"
          value={folder}
          onChange={(event) => setTypedFolder(event.target.value)}
        />
      </Field>
      {template.variables
        .filter(({ id }) => !derivedVariables.has(id))
        .map(({ id, label, default: usual }) => (
          <Field key={id} label={label}>
            <input
              value={variables[id] ?? ""}
              placeholder={usual ?? (id === "project-title" ? "From the folder's name" : "")}
              onChange={(event) => setVariables({ ...variables, [id]: event.target.value })}
            />
          </Field>
        ))}
      <div className="build-where">
        <Chip
          icon="device-desktop"
          label="Runner"
          value={choices.targetKey}
          options={choices.targets}
          onChange={(target) => choose({ target })}
        />
        <Chip
          icon="hubot"
          label="Agent"
          value={choices.agent}
          options={agents}
          onChange={(agent) => choose({ agent })}
        />
        <Chip
          icon="shield"
          label="Access"
          value={choices.access}
          options={choices.accesses}
          onChange={(access) => choose({ access: access as typeof choices.access })}
        />
      </div>
      {template.setUp !== undefined && (
        <label className="choice">
          <input type="checkbox" checked={setsUp} onChange={(event) => setSetsUp(event.target.checked)} />
          <span>
            Run <span className="mono">{template.setUp}</span> first
          </span>
        </label>
      )}
      {template.start !== undefined && (
        <label className="choice">
          <input type="checkbox" checked={starts} onChange={(event) => setStarts(event.target.checked)} />
          <span>Start it when the agent is done, and show the page</span>
        </label>
      )}
      <div className="actions end">
        <Button
          look="primary"
          type="submit"
          icon="rocket"
          disabled={sending || text.trim() === "" || folder.trim() === ""}
        >
          Build it
        </Button>
      </div>
    </form>
  );
}

/** What the runner makes from the folder's name where nobody says otherwise. */
const derivedVariables = new Set(["project-name"]);
