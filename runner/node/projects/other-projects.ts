import type { PackageManager } from "#protocol/documents/project";
import type { FindProject } from "#runner/node/projects/found-project";
import type { SeenFolder } from "#runner/node/projects/seen-folder";
import { portInSource } from "#runner/node/projects/usual-port";

/** One row a way to run a folder that its files' names and a word in one of them tell. */
interface NamedKind {
  readonly id: string;
  /** All of them are there, also as `folder/file`. */
  readonly files: readonly string[];
  /** A word in the first of them. */
  readonly sign?: RegExp;
  readonly packageManager?: PackageManager;
  readonly command: string;
  /** Where it is, or the file that may say so. */
  readonly port?: number | string;
  readonly portArguments?: string;
}

const kinds: readonly NamedKind[] = [
  {
    ...{ id: "rails", files: ["Gemfile", "config.ru"], sign: /["']rails["']/, packageManager: "bundler" },
    ...{ command: "bundle exec rails server", port: 3000, portArguments: "--port {port}" },
  },
  {
    ...{ id: "jekyll", files: ["Gemfile", "_config.yml"], sign: /["'](?:jekyll|github-pages)["']/ },
    ...{ packageManager: "bundler", command: "bundle exec jekyll serve", port: 4000, portArguments: "--port {port}" },
  },
  {
    ...{ id: "rack", files: ["Gemfile", "config.ru"], packageManager: "bundler", command: "bundle exec rackup" },
    ...{ port: 9292, portArguments: "--port {port}" },
  },
  {
    ...{ id: "laravel", files: ["artisan", "composer.json"], packageManager: "composer" },
    ...{ command: "php artisan serve", port: 8000, portArguments: "--port={port}" },
  },
  { id: "go", files: ["main.go", "go.mod"], packageManager: "go", command: "go run .", port: "main.go" },
  {
    ...{ id: "rust", files: ["src/main.rs", "Cargo.toml"], packageManager: "cargo", command: "cargo run" },
    port: "src/main.rs",
  },
];

/** What Ruby, PHP, Go and Rust are usually run with. */
export const findOtherProject: FindProject = async (folder) => {
  for (const { id, files, sign, packageManager, command, port, portArguments } of kinds) {
    if (!(await hasAll(folder, files))) continue;
    if (sign && !sign.test((await folder.read(files[0] ?? "")) ?? "")) continue;
    const usual = typeof port === "string" ? await portInSource(folder, port) : port;
    return { framework: id, packageManager, command, port: usual, ...(portArguments && { portArguments }) };
  }
  return undefined;
};

async function hasAll(folder: SeenFolder, files: readonly string[]): Promise<boolean> {
  for (const file of files) {
    const isThere = file.includes("/") ? (await folder.read(file)) !== undefined : folder.files.has(file);
    if (!isThere) return false;
  }
  return true;
}
