import type { PackageManager } from "#protocol/documents/project";
import type { FindProject, FoundProject } from "#runner/node/projects/found-project";
import { type Machine, pythonOf } from "#runner/node/projects/machine";
import { fromHereUp, type SeenFolder } from "#runner/node/projects/seen-folder";
import { portIn } from "#runner/node/projects/usual-port";

/** One row a kind of Python server: the files that may hold it, what tells it, and what its interpreter is to run. */
interface PythonServer {
  readonly id: string;
  readonly files: readonly string[];
  /** In the file. Its first group is the name of the app where the command needs one. */
  readonly sign: RegExp;
  readonly arguments: (module: string, app: string, file: string) => string;
  readonly port?: number | ((text: string) => number | undefined);
  readonly portArguments?: string;
}

const apps = ["app.py", "main.py", "wsgi.py", "asgi.py", "server.py", "api.py", "streamlit_app.py"];
const files = [...apps, ...["app", "src", "api"].flatMap((folder) => apps.map((file) => `${folder}/${file}`))];
const toPort = "--port {port}";

/** The first that fits. */
const servers: readonly PythonServer[] = [
  {
    ...{ id: "django", files: ["manage.py"], sign: /\bdjango\b/, port: 8000, portArguments: "{port}" },
    arguments: () => "manage.py runserver",
  },
  {
    ...{ id: "fastapi", files, sign: /^([A-Za-z_]\w*)[ \t]*(?::[^=\n]{0,80})?=[ \t]*(?:fastapi\.)?FastAPI\(/m },
    arguments: (module, app) => `-m uvicorn ${module}:${app} --reload`,
    ...{ port: 8000, portArguments: toPort },
  },
  {
    ...{ id: "starlette", files, sign: /^([A-Za-z_]\w*)[ \t]*(?::[^=\n]{0,80})?=[ \t]*Starlette\(/m },
    arguments: (module, app) => `-m uvicorn ${module}:${app} --reload`,
    ...{ port: 8000, portArguments: toPort },
  },
  {
    ...{ id: "flask", files, sign: /\bFlask\(|^[ \t]*from[ \t]+flask\b/m, port: 5000, portArguments: toPort },
    arguments: (module) => `-m flask --app ${module} run --debug`,
  },
  {
    ...{ id: "streamlit", files, sign: /^[ \t]*(?:import|from)[ \t]+streamlit\b/m, port: 8501 },
    // Without it, the first start opens a browser of its own and asks for an e-mail address.
    arguments: (_module, _app, file) => `-m streamlit run ${file} --server.headless true`,
    portArguments: "--server.port {port}",
  },
];

/** What any file of Python may be. */
const programs: readonly PythonServer[] = [
  {
    ...{ id: "python", files: ["main.py", "server.py", "app.py"], sign: /^/ },
    arguments: (_module, _app, file) => file,
    port: (text) =>
      portIn(text, /(?:Server\(\s*\([^()]{0,80},|\bPORT\b["'\])]*\s*(?:=|,)|\bport\s*=)\s*["']?(\d{2,5})\b/),
  },
];

/** A folder with a server of a known kind. */
export const findPythonProject: FindProject = (folder, machine) => firstOf(servers, folder, machine);

/** A folder with a program that is called as such. */
export const findPythonProgram: FindProject = (folder, machine) => firstOf(programs, folder, machine);

async function firstOf(rows: readonly PythonServer[], folder: SeenFolder, machine: Machine) {
  for (const server of rows) {
    for (const file of server.files) {
      const [first = "", second] = file.split("/");
      if (second === undefined ? !folder.files.has(first) : !folder.folders.has(first)) continue;
      const text = await folder.read(file);
      const sign = text === undefined ? null : server.sign.exec(text);
      if (text !== undefined && sign) return describe(folder, machine, server, file, text, sign[1] ?? "app");
    }
  }
  return undefined;
}

async function describe(
  folder: SeenFolder,
  machine: Machine,
  server: PythonServer,
  file: string,
  text: string,
  app: string,
): Promise<FoundProject> {
  const { packageManager, python } = interpreterOf(folder, machine);
  const module = file.replace(/\.py$/, "").replace("/", ".");
  const { port, portArguments } = server;
  return {
    name: await nameOf(folder),
    framework: server.id,
    packageManager,
    command: `${python} ${server.arguments(module, app, file)}`,
    port: typeof port === "function" ? port(text) : port,
    ...(portArguments !== undefined && { portArguments }),
  };
}

const lockFiles: readonly (readonly [string, PackageManager, string])[] = [
  ["uv.lock", "uv", "uv run python"],
  ["poetry.lock", "poetry", "poetry run python"],
];

/** Through what holds its packages: a lock file's tool, its own environment, or what the machine has. */
function interpreterOf(folder: SeenFolder, machine: Machine): { packageManager?: PackageManager; python: string } {
  for (const one of fromHereUp(folder)) {
    const [, packageManager, python] = lockFiles.find(([file]) => one.files.has(file)) ?? [];
    if (packageManager !== undefined && python !== undefined) return { packageManager, python };
  }
  const own = [".venv", "venv"].find((name) => folder.folders.has(name));
  const inOwn = machine.platform === "win32" ? `${own}\\Scripts\\python` : `${own}/bin/python`;
  const hasPip = folder.files.has("requirements.txt") || folder.files.has("pyproject.toml");
  return { ...(hasPip && { packageManager: "pip" }), python: own === undefined ? pythonOf(machine) : inOwn };
}

async function nameOf(folder: SeenFolder): Promise<string | undefined> {
  if (!folder.files.has("pyproject.toml")) return undefined;
  const text = (await folder.read("pyproject.toml")) ?? "";
  return /^name[ \t]*=[ \t]*["']([^"'\n]{1,200})["']/m.exec(text)?.[1];
}
