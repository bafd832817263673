import { type FormEvent, useState } from "react";
import type { Runner } from "#protocol/documents";
import { Button, Field } from "../controls/controls";
import { Dialog } from "../controls/dialog";
import { useApp } from "../model/hooks";
import { previewPath } from "../model/router";

/** Asks a runner to show one of its ports; whoever sits there says yes or no. */
export function ShowPort({ runner, onClose }: { readonly runner: Runner; readonly onClose: () => void }) {
  const app = useApp();
  const [port, setPort] = useState("");
  const [name, setName] = useState("");
  const [asking, setAsking] = useState(false);
  const ask = async (event: FormEvent) => {
    event.preventDefault();
    setAsking(true);
    const body = { runnerId: runner.id, port: Number(port), ...(name.trim() && { name: name.trim() }) };
    const preview = await app.attempt(() => app.client.call("openPreview", { body }));
    setAsking(false);
    if (!preview) return;
    app.team.put({ previews: [preview] });
    onClose();
    app.router.go(previewPath(preview.id));
  };
  return (
    <Dialog title={`Show a port of ${runner.body.name}`} onClose={onClose}>
      <form className="stack" onSubmit={ask}>
        <Field label="Port" hint="Where a server on that computer answers, such as 5173.">
          <input
            type="number"
            required
            min={1024}
            max={65535}
            value={port}
            onChange={(event) => setPort(event.target.value)}
          />
        </Field>
        <Field label="Name" hint="What the team sees. May be left empty.">
          <input value={name} maxLength={80} onChange={(event) => setName(event.target.value)} />
        </Field>
        {asking && <p role="status">Asking whoever sits at {runner.body.host} …</p>}
        <div className="actions end">
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" type="submit" disabled={asking}>
            Show it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
