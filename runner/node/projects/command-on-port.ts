import type { Project } from "#protocol/documents/project";

/**
 * How a project's server is told to be at another port.
 * @param project its command may be one that a person has changed
 * @returns the command line, and what is to be set in its environment: where nothing is known of it, `PORT`
 */
export function commandOnPort(
  { command = "", portArguments }: Pick<Project, "command" | "portArguments">,
  port: number,
): { readonly command: string; readonly env: Readonly<Record<string, string>> } {
  if (portArguments === undefined) return { command, env: { PORT: String(port) } };
  const added = portArguments.replaceAll("{port}", String(port));
  // The second `--` would reach the server.
  const isOpen = added.startsWith("-- ") && / -- /.test(`${command} `);
  return { command: `${command.trimEnd()} ${isOpen ? added.slice(3) : added}`, env: {} };
}
