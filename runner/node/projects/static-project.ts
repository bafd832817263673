import type { FindProject } from "#runner/node/projects/found-project";
import { hasPython, type Machine, pythonOf } from "#runner/node/projects/machine";

interface FileServer {
  readonly isHere: (machine: Machine) => boolean;
  readonly command: (machine: Machine) => string;
  readonly port: number;
  readonly portArguments: string;
}

const php: FileServer = {
  isHere: (machine) => machine.has("php"),
  command: () => "php -S 127.0.0.1:8000",
  port: 8000,
  // Of two addresses PHP takes the last.
  portArguments: "-S 127.0.0.1:{port}",
};

/** What serves files of a folder, on loopback alone; the last one has to be fetched, and comes with Node. */
const fileServers: readonly FileServer[] = [
  {
    isHere: hasPython,
    command: (machine) => `${pythonOf(machine)} -m http.server --bind 127.0.0.1`,
    port: 8000,
    portArguments: "{port}",
  },
  php,
  {
    isHere: (machine) => machine.has("ruby"),
    command: () => "ruby -run -e httpd . -b 127.0.0.1 -p 8080",
    port: 8080,
    portArguments: "-p {port}",
  },
  {
    isHere: () => true,
    command: () => "npx --yes http-server -a 127.0.0.1 -c-1",
    port: 8080,
    portArguments: "-p {port}",
  },
];

/** Pages that need no building: an `index.html`, or an `index.php`. */
export const findStaticProject: FindProject = async (folder, machine) => {
  if (folder.files.has("index.php")) return served("php", php, machine);
  if (!folder.files.has("index.html")) return undefined;
  const server = fileServers.find((one) => one.isHere(machine));
  return server && served("static", server, machine);
};

const served = (framework: string, { command, port, portArguments }: FileServer, machine: Machine) => ({
  ...{ framework, command: command(machine), port, portArguments },
});
