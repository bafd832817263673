import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { windowsArguments } from "#runner/keeper/windows-terminal";
import { behindBatchFile, checkBatchArguments, programArgv } from "#runner/node/batch-file";
import { mergedEnvironment } from "#runner/node/environment";
import { folderKey } from "#runner/node/identity";
import { tempFolder } from "#test/support/temp";

/** As npm 10 writes it for a script … */
const npmScript = [
  "@ECHO off",
  "GOTO start",
  ":find_dp0",
  "SET dp0=%~dp0",
  "EXIT /b",
  ":start",
  "SETLOCAL",
  "CALL :find_dp0",
  "",
  'IF EXIST "%dp0%\\node.exe" (',
  '  SET "_prog=%dp0%\\node.exe"',
  ") ELSE (",
  '  SET "_prog=node"',
  "  SET PATHEXT=%PATHEXT:;.JS;=;%",
  ")",
  "",
  'endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "%_prog%"  "%dp0%\\node_modules\\@openai\\codex\\bin\\codex.js" %*',
].join("\r\n");
/** … and for a program. */
const npmProgram = '@ECHO off\r\n"%dp0%\\node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe"   %*\r\n';
const yarn = '@"%~dp0\\node.exe"  "%~dp0\\..\\lib\\gemini.mjs" %*';
const npmFolder = "C:\\Users\\ana\\AppData\\Roaming\\npm";
const node = "C:\\node\\node.exe";

describe("runner: Windows", () => {
  it("starts what stands behind the batch file of an installed agent, without cmd.exe", () => {
    const cases: [string, readonly string[] | undefined][] = [
      [npmScript, [node, `${npmFolder}\\node_modules\\@openai\\codex\\bin\\codex.js`]],
      [npmProgram, [`${npmFolder}\\node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe`]],
      [yarn, [node, "C:\\Users\\ana\\AppData\\Roaming\\lib\\gemini.mjs"]],
      ["@echo off\r\ncall something %*", undefined],
    ];
    for (const [text, argv] of cases) assert.deepEqual(behindBatchFile(`${npmFolder}\\agent.cmd`, text, node), argv);
  });

  it("leaves other programs and other batch files as they are", () => {
    using temp = tempFolder("batch");
    writeFileSync(temp.at("odd.CMD"), "@call other %*");
    assert.deepEqual(programArgv(temp.at("odd.CMD"), node), [temp.at("odd.CMD")]);
    assert.deepEqual(programArgv("C:\\a\\agent.exe", node), ["C:\\a\\agent.exe"]);
  });

  it("gives a batch file no prompt that cmd.exe would read as commands", () => {
    for (const text of ["a & calc", "100%PATH%", 'say "hi"', "a\nb", "a|b", "^", "!x!"]) {
      assert.throws(() => checkBatchArguments(["C:\\odd.cmd", "-p", text]), { code: "spawn_failed" }, text);
      checkBatchArguments(["C:\\agent.exe", "-p", text]);
    }
    checkBatchArguments(["C:\\odd.cmd", "-p", "plain words, and (more) of them"]);
  });

  it("gives cmd.exe a command line with its own quotes", () => {
    const cmd = "C:\\Windows\\System32\\cmd.exe";
    assert.equal(windowsArguments(cmd, ["/d", "/s", "/c", 'dir "a b"']), '/d /s /c "dir "a b""');
    assert.deepEqual(windowsArguments("C:\\a.exe", ["/c", 'x "y"']), ["/c", 'x "y"']);
  });

  it("has each variable once, by the last of its names", () => {
    const sources = [{ Path: "a", TEMP: "t" }, { PATH: "b" }, { path: "c", New: "n" }];
    assert.deepEqual(mergedEnvironment(sources, "win32"), { Path: "c", TEMP: "t", New: "n" });
    assert.deepEqual(mergedEnvironment(sources, "linux"), { Path: "a", TEMP: "t", PATH: "b", path: "c", New: "n" });
  });

  it("knows a folder by its path, however its drive is written", () => {
    assert.equal(folderKey("C:\\Work\\api", "win32"), folderKey("c:\\work\\API", "win32"));
    assert.notEqual(folderKey("/Work", "linux"), folderKey("/work", "linux"));
  });
});
