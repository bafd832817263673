import { maxNameBytes, maxTemplatePathBytes } from "#runner/node/caps";
import { pathRefused, type TemplateFile } from "#runner/node/templates/template-file";

/**
 * Looks at all paths of a template before one of them is written: none leads out of its folder or into a repository's
 * own, and no two are one on a file system that knows no capitals.
 * @throws BatonError `template_path_refused`, which names the path
 */
export function checkPaths(files: readonly TemplateFile[], platform = process.platform): void {
  /** Files and folders, as a file system without capitals has them, by how they are spelled. */
  const spelled = new Map<string, { readonly path: string; readonly isFolder: boolean }>();
  for (const file of files) {
    checkPath(file.path, platform);
    if (file.kind === "link") checkLink(file);
    const steps = file.path.split("/");
    for (let length = 1; length <= steps.length; length++) {
      const path = steps.slice(0, length).join("/");
      const isFolder = length < steps.length;
      const known = spelled.get(folded(path));
      if (known && (known.path !== path || known.isFolder !== isFolder || !isFolder)) {
        throw pathRefused(file.path, `on some file systems it is the same as “${known.path}”`);
      }
      spelled.set(folded(path), { path, isFolder });
    }
  }
  for (const { path, isFolder } of spelled.values()) {
    if (!isFolder && isHeadOfRepository(path, spelled)) throw pathRefused(path, "it makes its folder a repository");
  }
}

/** Git takes such a folder for a repository wherever it lies, and does what the `config` in it says. */
function isHeadOfRepository(path: string, spelled: ReadonlyMap<string, unknown>): boolean {
  const parent = path.slice(0, path.lastIndexOf("/") + 1);
  const has = (name: string) => spelled.has(folded(parent + name));
  return folded(path) === folded(`${parent}HEAD`) && (has("commondir") || (has("objects") && has("refs")));
}

/** @throws BatonError `template_path_refused` */
export function checkPath(path: string, platform = process.platform): void {
  if (Buffer.byteLength(path) > maxTemplatePathBytes) throw pathRefused(path.slice(0, 100), "it is too long");
  for (const step of path.split("/")) {
    const problem = stepProblem(step, platform);
    if (problem !== undefined) throw pathRefused(path, problem);
  }
}

function stepProblem(step: string, platform: NodeJS.Platform): string | undefined {
  if (step === "" || step === "." || step === "..") return "it leads elsewhere";
  if (Buffer.byteLength(step) > maxNameBytes) return "a name in it is too long";
  if (/[\p{Cc}\p{Cs}\ufffd]/u.test(step)) return "it has characters that are no part of a name";
  // What Windows takes for a separator, everywhere: the same template is to be placed everywhere.
  if (step.includes("\\")) return "it has a backslash in it";
  if (isRepository(step)) return "it is a repository's own";
  if (platform === "win32" && isUnknownToWindows(step)) return "Windows knows no such name";
  return undefined;
}

/**
 * Whether a file system could take a name for `.git`: without capitals, by its short name on Windows, with the dots,
 * spaces and streams that Windows drops, or the invisible characters that HFS+ does.
 */
function isRepository(step: string): boolean {
  const plain = step
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .toLowerCase()
    .replace(/:.*$/s, "")
    .replace(/[. ]+$/, "");
  return plain === ".git" || /^git~\d+$/.test(plain);
}

const isUnknownToWindows = (step: string): boolean =>
  /[<>:"|?*]/.test(step) || /[. ]$/.test(step) || /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)/i.test(step);

/**
 * A link may lead to something else of the template. Its way goes up first and then down, so that no other link on it
 * can turn it elsewhere.
 */
function checkLink({ path, bytes }: TemplateFile): void {
  const target = bytes.toString("utf8");
  const steps = target.split("/");
  const isAbsolute = target === "" || target.startsWith("/") || /^[A-Za-z]:/.test(target);
  let up = 0;
  while (steps[up] === "..") up++;
  const below = steps.slice(up).filter((step) => step !== "" && step !== ".");
  const leadsOut = isAbsolute || up > path.split("/").length - 1 || below.includes("..");
  if (leadsOut) throw pathRefused(path, "it is a link that leads out of the template");
  const problem = below.map((step) => stepProblem(step, process.platform)).find((one) => one !== undefined);
  if (problem !== undefined) throw pathRefused(path, `it is a link, and where it leads to is refused: ${problem}`);
}

const folded = (path: string): string => path.normalize("NFKC").toLowerCase();
