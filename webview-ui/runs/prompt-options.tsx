import * as z from "zod";
import { Environment, type PromptBody } from "#protocol/documents";
import { Field } from "../controls/controls";

/** What few prompts need: a folder below the runner's, and variables. As it stands in the fields. */
export interface PromptOptions {
  readonly folder: string;
  readonly environment: string;
}
export const noOptions: PromptOptions = { folder: "", environment: "" };

interface PromptOptionsProps {
  readonly value: PromptOptions;
  readonly onChange: (value: PromptOptions) => void;
}

export function PromptOptionFields({ value, onChange }: PromptOptionsProps) {
  const problem = environmentProblem(value.environment);
  return (
    <div className="prompt-options">
      <Field label="Folder" hint="Below the runner's folder. Empty: that folder itself.">
        <input
          className="mono"
          value={value.folder}
          placeholder="packages/api"
          spellCheck={false}
          onChange={(event) => onChange({ ...value, folder: event.target.value })}
        />
      </Field>
      <Field
        label="Environment"
        hint={
          problem ? (
            <span className="error-text">{problem}</span>
          ) : (
            "One NAME=value a line. The runner takes the names that it allows."
          )
        }
      >
        <textarea
          className="mono"
          rows={2}
          value={value.environment}
          placeholder="CI=1"
          spellCheck={false}
          onChange={(event) => onChange({ ...value, environment: event.target.value })}
        />
      </Field>
    </div>
  );
}

/** The options as a prompt carries them; absent where they are empty. */
export function bodyOptions(options: PromptOptions): Pick<PromptBody, "folder" | "env"> {
  const folder = options.folder.trim();
  const env = Object.fromEntries(entries(options.environment));
  return { ...(folder && { folder }), ...(Object.keys(env).length > 0 && { env }) };
}

/** What is wrong with the variables, or undefined. */
export function environmentProblem(text: string): string | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const odd = lines.find((line) => !/^\s*[^=\s]+=/.test(line));
  if (odd !== undefined) return `“${odd.trim()}” is not of the form NAME=value.`;
  const result = Environment.safeParse(Object.fromEntries(entries(text)));
  return result.success ? undefined : (z.prettifyError(result.error).split("\n")[0] ?? "").replace(/^✖ /, "");
}

const entries = (text: string): [string, string][] =>
  text.split("\n").flatMap((line) => {
    const at = line.indexOf("=");
    return at > 0 ? [[line.slice(0, at).trim(), line.slice(at + 1)]] : [];
  });
