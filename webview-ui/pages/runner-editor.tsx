import { type FormEvent, useState } from "react";
import type { Runner } from "#protocol/documents";
import { Button, Field } from "../controls/controls";
import { Dialog } from "../controls/dialog";
import { useApp, useMe, useTeam } from "../model/hooks";

/** Name, labels and concurrency of a runner; who may prompt it is its own member's choice. */
export function RunnerEditor({ runner, onClose }: { readonly runner: Runner; readonly onClose: () => void }) {
  const app = useApp();
  const me = useMe();
  const members = useTeam((state) => state.members);
  const [name, setName] = useState(runner.body.name);
  const [labels, setLabels] = useState(runner.labels.join(" "));
  const [concurrency, setConcurrency] = useState(String(runner.concurrency));
  const [promptedBy, setPromptedBy] = useState(runner.promptedBy);
  const mine = runner.memberId === me?.id;
  const others = [...members.values()].filter((member) => member.id !== runner.memberId && !member.removedAt);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const changed = await app.attempt(() =>
      app.client.call("changeRunner", {
        params: { id: runner.id },
        body: {
          name: name.trim(),
          labels: labels.split(/[\s,]+/).filter(Boolean),
          concurrency: Number(concurrency),
          ...(mine && { promptedBy }),
        },
      }),
    );
    if (!changed) return;
    app.team.put({ runners: [changed] });
    onClose();
  };
  const toggle = (id: string, allowed: boolean) =>
    setPromptedBy((before) => {
      const list = before === "team" ? [] : before.filter((each) => each !== id);
      return allowed ? [...list, id] : list;
    });

  return (
    <Dialog title={`Edit ${runner.body.name}`} onClose={onClose}>
      <form className="stack" onSubmit={save}>
        <Field label="Name">
          <input value={name} required maxLength={80} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label="Labels" hint="Words without spaces. A prompt can be for any runner with a label.">
          <input value={labels} onChange={(event) => setLabels(event.target.value)} placeholder="node linux" />
        </Field>
        <Field label="Prompts at a time" hint="Of those that run once. Interactive ones do not count.">
          <input
            type="number"
            min={1}
            max={64}
            value={concurrency}
            onChange={(event) => setConcurrency(event.target.value)}
          />
        </Field>
        {mine && (
          <fieldset>
            <legend className="field-label">Who may prompt it</legend>
            <label className="choice">
              <input
                type="radio"
                name="prompted-by"
                checked={promptedBy === "team"}
                onChange={() => setPromptedBy("team")}
              />
              Everybody whose role allows it
            </label>
            <label className="choice">
              <input
                type="radio"
                name="prompted-by"
                checked={promptedBy !== "team"}
                onChange={() => setPromptedBy([])}
              />
              Only you{others.length > 0 && " and those chosen here"}
            </label>
            {promptedBy !== "team" &&
              others.map((member) => (
                <label key={member.id} className="choice inner">
                  <input
                    type="checkbox"
                    checked={promptedBy.includes(member.id)}
                    onChange={(event) => toggle(member.id, event.target.checked)}
                  />
                  {member.name}
                </label>
              ))}
          </fieldset>
        )}
        <div className="actions end">
          <Button onClick={onClose}>Leave as it is</Button>
          <Button look="primary" type="submit">
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
