import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { artifact } from "#test/support/dist";

const maxFirstLoadBytes = 200 * 1024;

describe("the dashboard's first load", () => {
  const folder = artifact("ui");
  const page = readFileSync(join(folder, "index.html"), "utf8");
  const scripts = [...page.matchAll(/(?:src|href)="\/([\w.-]+\.js)"/g)].map((match) => match[1] ?? "");

  it(`is at most ${maxFirstLoadBytes / 1024} KB of JavaScript, gzipped`, () => {
    const bytes = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name))).length, 0);
    console.log(`      ${(bytes / 1024).toFixed(1)} KB gzip in ${scripts.length} files`);
    assert.ok(scripts.length > 0);
    assert.ok(bytes <= maxFirstLoadBytes, `${bytes} bytes`);
  });

  it("names every file that it loads before something is clicked", () => {
    for (const name of scripts) {
      const source = readFileSync(join(folder, name), "utf8");
      const imports = [...source.matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)].map((match) => match[1] ?? "");
      for (const imported of imports) assert.ok(scripts.includes(imported), `${name} loads ${imported}`);
    }
  });

  it("leaves the terminal to a file of its own", () => {
    const terminal = readdirSync(folder).filter((name) => /^terminal-session-.*\.js$/.test(name));
    assert.equal(terminal.length, 1);
    assert.ok(!scripts.includes(terminal[0] ?? ""));
    for (const name of scripts)
      assert.ok(!readFileSync(join(folder, name), "utf8").includes("xterm-char-measure-element"));
  });

  it("holds no inline script, style or handler", () => {
    assert.doesNotMatch(page, /<script(?![^>]*src=)|<style|\son\w+=|\sstyle=/);
  });
});
