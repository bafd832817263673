import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { sep } from "node:path";
import { tempFolder } from "#test/support/temp";
import { zipEntries } from "#test/support/zip-entries";

const platforms = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-arm64", "win32-x64"];
/** What has to be beside the terminals of macOS and Windows. */
const inside = ["prebuilds/darwin-arm64/spawn-helper", "prebuilds/win32-x64/conpty/OpenConsole.exe"];
/** Everything that ships; of these folders all files. */
const folders = ["dist/ui/", "dist/panel/", "dist/node-pty/", "dist/templates/", "extension/media/"];
const shipped = [
  "[Content_Types].xml",
  "extension.vsixmanifest",
  ...[
    ...folders,
    "LICENSE.txt",
    "changelog.md",
    "dist/agent-view.cjs",
    "dist/cloudflared-hosting.cjs",
    "dist/cloudflared-install.cjs",
    "dist/cloudflared-tunnel.cjs",
    "dist/baton-relay.cjs",
    "dist/build.cjs",
    "dist/extension.cjs",
    "dist/keeper.cjs",
    "dist/restarting.cjs",
    "dist/snapshot-worker.cjs",
    "dist/window.cjs",
    "package.json",
    "readme.md",
  ].map((name) => `extension/${name}`),
].sort();
const inFolders = (name: string) => {
  const folder = folders.find((one) => name.startsWith(`extension/${one}`));
  return folder ? `extension/${folder}` : name;
};
const maxUniversalBytes = 4_000_000;
const maxTargetBytes = 3_000_000;

describe("the package of the extension", function () {
  this.timeout(180_000);

  const pack = (file: string, ...flags: string[]) => {
    execFileSync(process.execPath, ["scripts/package.mjs", "--out", file, ...flags], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const entries = zipEntries(file);
    const names = entries.map(({ name }) => name);
    const page = entries.find(({ name }) => name === "extension/readme.md")?.text() ?? "";
    const terminals = names.filter((name) => /prebuilds\/[^/]+\/(con)?pty\.node$/.test(name));
    return { names, page, platforms: terminals.map((name) => name.split("/").at(-2)).sort() };
  };

  it("has everything that an editor needs on six platforms, and is small", () => {
    using folder = tempFolder("baton-package");
    const file = folder.at("baton.vsix");
    const { names, page, platforms: found } = pack(file);
    assert.deepEqual(found, platforms);
    assert.match(page, /^# Baton/);
    assert.doesNotMatch(page, /!\[|docs\/images/, "a picture that is not there");
    for (const name of ["media/icon.png", "media/baton.svg"])
      assert.ok(names.includes(`extension/extension/${name}`), name);
    for (const name of ["lib/index.js", "LICENSE", ...inside]) {
      assert.ok(names.includes(`extension/dist/node-pty/${name}`), name);
    }
    assert.deepEqual([...new Set(names.map(inFolders))].sort(), shipped);
    const templates = readdirSync("templates", { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    for (const { parentPath, name } of templates) {
      assert.ok(names.includes(`extension/dist/${parentPath.split(sep).join("/")}/${name}`), `${parentPath}/${name}`);
    }
    assert.deepEqual(
      names.filter(
        (name) => /\.(map|ts|tsx|pdb|test\.js)$/.test(name) && !name.startsWith("extension/dist/templates/"),
      ),
      [],
    );
    assert.ok(statSync(file).size <= maxUniversalBytes, `${statSync(file).size} bytes`);
  });

  it("has one platform's terminals where a target is named, and says it in its manifest", () => {
    using folder = tempFolder("baton-package");
    const file = folder.at("baton-linux.vsix");
    const { platforms: found, page } = pack(file, "--target", "linux-x64", "--images", "https://example.com/baton/");
    assert.deepEqual(found, ["linux-x64"]);
    assert.match(page, /!\[[^\]]+\]\(https:\/\/example\.com\/baton\/editor-dark\.png\)/);
    assert.ok(statSync(file).size <= maxTargetBytes, `${statSync(file).size} bytes`);
  });

  it("knows no other target", () => {
    const { status, stderr } = spawnSync(process.execPath, ["scripts/package.mjs", "--target", "amiga"], {
      encoding: "utf8",
    });
    assert.equal(status, 2);
    assert.match(stderr, /There is no target “amiga”/);
  });

  it("asks for no newer editor than its types are of", () => {
    const { engines, devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
    assert.equal(engines.vscode, `^${devDependencies["@types/vscode"]}`);
  });
});
