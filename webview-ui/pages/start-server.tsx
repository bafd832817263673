import { type FormEvent, useState } from "react";
import { devServerAgent, maxCommandLineLength, type Project, type Runner } from "#protocol/documents";
import { Button, Field } from "../controls/controls";
import { Dialog } from "../controls/dialog";
import { useApp } from "../model/hooks";
import { promptPath } from "../model/router";

interface StartServerProps {
  readonly runner: Runner;
  readonly project: Project;
  readonly onClose: () => void;
}

/** Starts the server of a project, by its own command line or by another one. */
export function StartServer({ runner, project, onClose }: StartServerProps) {
  const app = useApp();
  const [command, setCommand] = useState(project.command ?? "");
  const [restarts, setRestarts] = useState(false);
  const [sending, setSending] = useState(false);
  const start = async (event: FormEvent) => {
    event.preventDefault();
    setSending(true);
    const prompt = await app.attempt(() =>
      app.client.call("queuePrompt", {
        body: {
          ...{ target: { runnerId: runner.id }, agent: devServerAgent, mode: "interactive", access: "full" },
          body: { text: command.trim(), folder: project.folder, ...(restarts && { server: { restarts } }) },
        },
      }),
    );
    setSending(false);
    if (!prompt) return;
    app.team.put({ prompts: [prompt] });
    onClose();
    app.router.go(promptPath(prompt.id));
  };
  const where = project.folder === "" ? runner.body.folder : project.folder;
  return (
    <Dialog title={`Start ${project.name}`} onClose={onClose}>
      <form className="stack" onSubmit={start}>
        <Field label="Command" hint={hintOf(project, where, runner.body.name)}>
          <input
            className="mono"
            required
            pattern=".*\S.*"
            maxLength={maxCommandLineLength}
            autoCapitalize="off"
            autoComplete="off"
            autoCorrect="off"
            spellCheck={false}
            value={command}
            onChange={(event) => setCommand(event.target.value)}
          />
        </Field>
        <label className="choice">
          <input type="checkbox" checked={restarts} onChange={(event) => setRestarts(event.target.checked)} />
          <span>Start it again when it ends with an error</span>
        </label>
        <div className="actions end">
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" type="submit" disabled={sending}>
            Start
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const hintOf = ({ port }: Project, where: string, name: string) => (
  <>
    Runs in <span className="mono">{where}</span> on {name}
    {port === undefined ? "." : `, usually at port ${port}.`}
  </>
);
