import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const readme = `# Playground

A folder to try Baton in: whatever an agent does here harms nothing. \`npm start\` made it as a git repository, so
\`git diff\` shows what changed and \`git checkout .\` takes it back. Delete it whenever you like; the next start makes
a new one.

Ask an agent, for instance: *Write a small web page that shows the time, and say how to open it.*
`;

/** Makes the folder as a git repository with a first commit, unless it is there. Returns its path. */
export function makePlayground(folder) {
  if (existsSync(folder)) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "README.md"), readme);
  const git = (...args) => spawnSync("git", args, { cwd: folder, stdio: "ignore", env: gitEnvironment() }).status === 0;
  const author = ["-c", "user.name=Baton", "-c", "user.email=baton@localhost", "-c", "commit.gpgsign=false"];
  const isRepository =
    git("init", "--quiet", "--initial-branch=main") &&
    git("add", ".") &&
    git(...author, "commit", "--quiet", "-m", "A place to try Baton");
  if (!isRepository)
    process.stderr.write("git could not make the playground a repository; agents work in it all the same.\n");
  return folder;
}

/** Without the variables by which git would take another repository for this one, as inside a hook. */
function gitEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^GIT_(DIR|WORK_TREE|INDEX_FILE)$/.test(name)),
  );
}
