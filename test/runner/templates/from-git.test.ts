import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { deflateSync } from "node:zlib";
import { findExecutable } from "#runner/node/find-executable";
import {
  describeTemplate,
  openTemplate,
  placeTemplate,
  type TemplateSurroundings,
} from "#runner/node/templates/templates";
import { refuses, surroundingsOf, treeOf } from "#test/runner/templates/surroundings";
import { type GitServer, gitEnvironment, runGitIn, startGitServer, writeTree } from "#test/support/git-server";
import { descendants } from "#test/support/processes";
import { skipBecause } from "#test/support/skip";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

describe("templates from Git", function () {
  this.timeout(60_000);
  let server: GitServer;
  let temp: TempFolder;
  const git = (repository: string, more: { ref?: string; folder?: string } = {}) => ({
    kind: "git" as const,
    repository,
    ...more,
  });
  const around = (more: Partial<TemplateSurroundings> = {}) => surroundingsOf(temp.at("home"), more);
  const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith("baton-template-"));
  let leftBefore: string[];

  before(async function () {
    if (process.platform === "win32")
      skipBecause(this, "the repositories of these tests are served by a POSIX shell's Git");
    server = await startGitServer();
  });
  after(() => server?.[Symbol.asyncDispose]());
  beforeEach(() => {
    temp = tempFolder("from-git");
    mkdirSync(temp.at("home"));
    leftBefore = leftovers();
    server.interfere = undefined;
    server.requests.length = 0;
  });
  afterEach("leaves no folder and no process", async () => {
    temp.remove();
    await until("no Git of ours runs", async () => descendants(process.pid).length === 0 || undefined);
    assert.deepEqual(leftovers(), leftBefore);
  });

  const tree = { "README.md": "# {{project-name}}", "src/a.txt": "a", "src/link": "→a.txt", ".gitignore": "x\n" };

  it("are placed as they are where they say nothing of themselves", async () => {
    const url = server.repository("plain", tree);
    const said: string[] = [];
    const placed = await placeTemplate({
      ...around({ progress: ({ step }) => void said.push(step) }),
      source: git(url),
      target: temp.at("app"),
    });
    assert.deepEqual(treeOf(temp.at("app")), tree);
    assert.equal(placed.template.commit, server.git("plain", "rev-parse", "HEAD").trim());
    assert.equal(placed.template.name, "plain");
    assert.equal(placed.repository.kind, "begun");
    assert.deepEqual([...new Set(said)], ["fetching", "reading", "writing", "beginning-repository"]);
    assert.equal(runGitIn(temp.at("app"), "log", "--format=%s"), "Begin with plain\n");
    assert.equal(runGitIn(temp.at("app"), "remote", "-v"), "");
  });

  it("say of themselves what they are", async () => {
    const manifest = {
      name: "Shop",
      description: "A shop",
      setUp: "make ready",
      start: "make run",
      variables: [{ id: "project-name", label: "Name" }],
    };
    const files = {
      "template.json": JSON.stringify(manifest),
      "files/{{project-name}}.md": "# {{project-name}}",
      "doc.md": "x",
    };
    const url = server.repository("shop", files);
    const about = await describeTemplate(git(url), around());
    assert.equal(about.name, "Shop");
    assert.equal(about.setUp, "make ready");
    assert.equal(about.files, 1);
    await placeTemplate({ ...around(), source: git(url), target: temp.at("Tea Shop") });
    assert.deepEqual(treeOf(temp.at("Tea Shop")), { "tea-shop.md": "# tea-shop" });
    const flat = server.repository("flat", { "template.json": JSON.stringify(manifest), "a.md": "{{project-name}}" });
    await placeTemplate({ ...around(), source: git(flat), target: temp.at("flat") });
    assert.deepEqual(treeOf(temp.at("flat")), { "a.md": "flat" });
  });

  it("that say it wrongly are refused with the field", async () => {
    for (const [text, says] of [
      ["{", /no JSON/],
      ['{"name": ""}', /name/],
      ['{"name": "x", "description": "y", "setUp": "a\\u001bb"}', /setUp/],
      [" ".repeat(70_000), /bytes/],
    ] as const) {
      const url = server.repository(`wrong-${text.length}`, { "template.json": text, a: "" });
      const error = await refuses(openTemplate(git(url), around()), "template_invalid");
      assert.match(String(error.params.reason), says);
    }
  });

  it("come from a branch, a tag or a commit, and from a folder", async () => {
    const url = server.repository("refs", { "a/b/one": "1" });
    server.git("refs", "tag", "--annotate", "--message=x", "v1");
    const first = server.git("refs", "rev-parse", "HEAD").trim();
    server.git("refs", "checkout", "--quiet", "-b", "feature/x");
    writeTree(server.folderOf("refs"), { "a/b/two": "2" });
    server.git("refs", "add", "--all");
    server.git("refs", "commit", "--quiet", "--message=second");
    server.git("refs", "checkout", "--quiet", "main");
    const pathsAt = async (ref: string | undefined, folder?: string) => {
      const opened = await openTemplate(
        git(url, { ...(ref !== undefined && { ref }), ...(folder !== undefined && { folder }) }),
        around(),
      );
      return opened.files.map(({ path }) => path);
    };
    assert.deepEqual(await pathsAt(undefined), ["a/b/one"]);
    assert.deepEqual(await pathsAt("v1"), ["a/b/one"]);
    assert.deepEqual(await pathsAt("feature/x"), ["a/b/one", "a/b/two"]);
    assert.deepEqual(await pathsAt(first), ["a/b/one"]);
    assert.deepEqual(await pathsAt("feature/x", "a/b"), ["one", "two"]);
    assert.deepEqual(await pathsAt("main", ""), ["a/b/one"]);
    await refuses(pathsAt("nothing"), "template_ref_unknown");
    await refuses(pathsAt("0".repeat(40)), "template_ref_unknown");
    await refuses(pathsAt("main", "a/c"), "template_folder_unknown");
    await refuses(pathsAt("main", "a/b/one"), "template_folder_unknown");
  });

  describe("attacks", () => {
    const marker = () => temp.at("home", "ran");
    const touch = () => `touch ${marker()}`;

    for (const repository of [
      "--upload-pack=touch x",
      "-oProxyCommand=x",
      "ext::sh -c touch% x",
      "file:///etc",
      "/etc",
      "../x",
      "~/x",
      "C:\\x",
      "git://example.com/x",
      "http://example.com/x",
      "ftp://example.com/x",
      "https://user:secret@example.com/x",
      "https://token@example.com/x",
      "https://example.com/x?y",
      "https://example.com/x#y",
      "https://example.com/../x",
      "https://example.com/a b",
      "https://-x/y",
      "https:///x",
      "ssh://-oProxyCommand=x/y",
      "ssh://-x@host/y",
      "ssh://a@-host/y",
      "git@-oProxyCommand=x:y",
      "-git@host:y",
      "git@host:-y",
      "git@host:a'b",
      "git@host:$(x)",
      "git@host:a`b`",
      "git@host:../y",
      "owner/name/more",
      "-owner/name",
      "owner/..",
      "https::https://example.com/x",
      "https://example.com/x\n--upload-pack=y",
    ]) {
      it(`${JSON.stringify(repository)} gets no further than its name`, async () => {
        await refuses(openTemplate(git(repository), around()), "template_source_refused");
      });
    }

    it("an option for a ref, or for a folder", async () => {
      const url = server.repository("options", tree);
      for (const ref of [
        "--upload-pack=touch x",
        "-x",
        "",
        "+main",
        "main:main",
        "a..b",
        "a b",
        "@{1}",
        "a^",
        "a~1",
        "a:b",
        "a\nb",
        "*",
        "a.lock",
        "refs/heads/",
      ]) {
        await refuses(openTemplate(git(url, { ref }), around()), "template_source_refused");
      }
      for (const folder of ["..", "../x", "a/../..", "/etc", "a//b", ".", "a\\b", "a\0b"]) {
        await refuses(openTemplate(git(url, { folder }), around()), "template_source_refused");
      }
      for (const folder of ["--help", "-r", ":(top)x", "$(x)"]) {
        await refuses(openTemplate(git(url, { folder }), around()), "template_folder_unknown");
      }
      assert.ok(!server.requests.some((one) => one.includes("receive-pack")));
    });

    it("links that lead out", async () => {
      for (const [name, target] of [
        ["abs", "→/etc/passwd"],
        ["up", "→../../x"],
        ["git", "→.git/config"],
      ] as const) {
        const url = server.repository(`link-${name}`, { a: "a", "d/evil": target });
        const error = await refuses(
          placeTemplate({ ...around(), source: git(url), target: temp.at("app") }),
          "template_path_refused",
        );
        assert.equal(error.params.path, "d/evil");
        assert.ok(!existsSync(temp.at("app")));
      }
    });

    /** A tree that no ordinary Git makes. @param entries mode, name and content */
    const treeWith = (name: string, entries: readonly (readonly [mode: string, name: string, content: string])[]) => {
      const url = server.repository(name, { a: "a" });
      const folder = server.folderOf(name);
      const hash = (type: string, bytes: Buffer) => {
        writeTree(temp.path, { object: bytes });
        return runGitIn(folder, "hash-object", "-w", "--literally", "-t", type, temp.at("object")).trim();
      };
      const rows = entries.map(([mode, path, content]) => {
        const id =
          mode === "40000"
            ? hash(
                "tree",
                Buffer.concat([Buffer.from("100644 x\0"), Buffer.from(hash("blob", Buffer.from(content)), "hex")]),
              )
            : hash("blob", Buffer.from(content));
        return Buffer.concat([Buffer.from(`${mode} ${path}\0`), Buffer.from(id, "hex")]);
      });
      const commit = runGitIn(folder, "commit-tree", "-m", "x", hash("tree", Buffer.concat(rows))).trim();
      runGitIn(folder, "update-ref", "refs/heads/main", commit);
      return url;
    };

    for (const [what, entries] of [
      ["a hook in .git", [["40000", ".git", touch.toString()]]],
      ["a hook in .GIT", [["40000", ".GIT", "x"]]],
      ["git~1", [["40000", "git~1", "x"]]],
      ["..", [["100644", "..", "x"]]],
      ["a slash in a name", [["100644", "../../evil", "x"]]],
      ["an absolute name", [["100644", "/tmp/evil", "x"]]],
      [
        "a link and a folder of the same name",
        [
          ["120000", "a", "/tmp"],
          ["40000", "a", "x"],
        ],
      ],
      [
        "a link and a folder that differ in their capitals",
        [
          ["120000", "A", "b"],
          ["40000", "a", "x"],
        ],
      ],
      ["a backslash", [["100644", "..\\evil", "x"]]],
      ["a name that is no text", [["100644", "a\x1b[2Jb", "x"]]],
    ] as const) {
      it(`a tree with ${what}`, async () => {
        const url = treeWith(`tree-${what.replaceAll(/[^a-z]/gi, "-")}`, entries);
        const source = git(url);
        await refuses(placeTemplate({ ...around(), source, target: temp.at("app") }), "template_path_refused");
        assert.ok(!existsSync(temp.at("app")));
      });
    }

    it("no program of the repository's runs: filters, hooks, submodules, LFS", async () => {
      const attributes = "* filter=evil diff=evil merge=evil\n*.bin filter=lfs\n";
      const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
      const url = server.repository("programs", { ".gitattributes": attributes, "a.bin": pointer, "b.txt": "b" });
      const folder = server.folderOf("programs");
      writeTree(folder, { ".gitmodules": `[submodule "s"]\n path = s\n url = ${url}\n update = !${touch()}\n` });
      runGitIn(
        folder,
        "update-index",
        "--add",
        "--cacheinfo",
        `160000,${server.git("programs", "rev-parse", "HEAD").trim()},s`,
      );
      server.git("programs", "add", ".gitmodules");
      server.git("programs", "commit", "--quiet", "--message=more");
      writeTree(folder, { ".git/hooks/post-checkout": `#!/bin/sh\n${touch()}\n` });
      chmodSync(`${folder}/.git/hooks/post-checkout`, 0o755);
      const placed = await placeTemplate({ ...around(), source: git(url), target: temp.at("app") });
      assert.deepEqual(placed.template.leftOut, ["s"]);
      assert.deepEqual(treeOf(temp.at("app")), { ".gitattributes": attributes, "a.bin": pointer, "b.txt": "b" });
      assert.equal(placed.repository.kind, "begun");
      assert.ok(!existsSync(marker()));
      assert.equal(server.requests.filter((one) => one.startsWith("POST")).length > 0, true);
    });

    it("a redirect to another kind of address", async () => {
      for (const location of ["file:///etc", "ftp://127.0.0.1:1/x", "https://127.0.0.1:1/x"]) {
        server.interfere = (_request, response) => {
          response.writeHead(302, { location }).end();
          return true;
        };
        const url = server.repository("moved", tree);
        await refuses(openTemplate(git(url), around()), "template_unreachable");
      }
    });

    it("settings that make another kind of address of it", async () => {
      server.repository("local", tree);
      for (const url of [
        `file://${server.folderOf("local")}/`,
        `${server.folderOf("local")}/`,
        "http://127.0.0.1:1/",
      ]) {
        writeTree(temp.at("home"), { ".gitconfig": `[url "${url}"]\n insteadOf = https://example.com/\n` });
        const error = await refuses(openTemplate(git("https://example.com/.git"), around()), "template_unreachable");
        assert.match(error.message, /an address of a kind that is not fetched from/);
      }
    });

    it("a few bytes that stand for more than Git may hold", async function () {
      this.timeout(120_000);
      const url = server.repository("inflated", { x: "" });
      const folder = server.folderOf("inflated");
      const { pack, id, baseId } = inflatingPack(192 * 1024 * 1024);
      writeTree(folder, { ".git/objects/pack/x.pack": pack });
      assert.ok(pack.length < 50_000, `${pack.length} bytes`);
      runGitIn(folder, "index-pack", ".git/objects/pack/x.pack");
      runGitIn(folder, "update-index", "--add", "--cacheinfo", `100644,${id},large`);
      runGitIn(folder, "update-index", "--add", "--cacheinfo", `100644,${baseId},base`);
      runGitIn(folder, "commit", "--quiet", "--message=large");
      const { params } = await refuses(openTemplate(git(url), around()), "template_too_large");
      assert.equal(params.what, "bytes in one piece");
    });

    it("nothing of a large file beside it", async function () {
      this.timeout(120_000);
      const url = server.repository("beside", { "app/x": "x", large: randomBytes(70 * 1024 * 1024) });
      const opened = await openTemplate(git(url, { folder: "app" }), around());
      assert.deepEqual(
        opened.files.map(({ path }) => path),
        ["x"],
      );
    });

    it("more files than a template has, more bytes, and a tree without an end", async function () {
      this.timeout(120_000);
      const many = Object.fromEntries(Array.from({ length: 5_001 }, (_, i) => [`f${i}`, ""]));
      await refuses(openTemplate(git(server.repository("many", many)), around()), "template_too_large");
      const large = { a: Buffer.alloc(40_000_000), b: Buffer.alloc(40_000_000) };
      await refuses(openTemplate(git(server.repository("large", large)), around()), "template_too_large");
      const url = server.repository("bomb", { x: "" });
      const folder = server.folderOf("bomb");
      const mktree = (row: (i: number) => string) => {
        writeTree(temp.path, { rows: Array.from({ length: 10 }, (_, i) => row(i)).join("\n") });
        return runGitIn(folder, "-c", `alias.made=!git mktree < ${temp.at("rows")}`, "made").trim();
      };
      const blob = runGitIn(folder, "rev-parse", "HEAD:x").trim();
      let at = mktree((i) => `100644 blob ${blob}\tf${i}`);
      for (let depth = 0; depth < 9; depth++) {
        const below = at;
        at = mktree((i) => `040000 tree ${below}\td${i}`);
      }
      runGitIn(folder, "update-ref", "refs/heads/main", runGitIn(folder, "commit-tree", "-m", "x", at).trim());
      await refuses(openTemplate(git(url), around()), "template_too_large");
    });
  });

  describe("when the network fails", () => {
    const failures: readonly (readonly [string, NonNullable<GitServer["interfere"]>, RegExp])[] = [
      ["nothing is there", (_, response) => !!response.writeHead(404).end(), /no such repository/],
      [
        "it wants a sign-in",
        (_, response) => !!response.writeHead(401, { "www-authenticate": "Basic realm=x" }).end(),
        /sign-in/,
      ],
      ["the server fails", (_, response) => !!response.writeHead(500).end("x"), /500/],
      ["it is cut off at once", (request) => !!request.socket.destroy(), /./],
      [
        "it answers what is no Git",
        (_, response) => !!response.writeHead(200, { "content-type": "text/html" }).end("<h1>hello</h1>"),
        /./,
      ],
      [
        "it is cut off in the middle",
        (request, response) => {
          if (request.method !== "POST" || server.requests.filter((one) => one.startsWith("POST")).length < 2)
            return false;
          response.writeHead(200, { "content-type": "application/x-git-upload-pack-result" });
          response.write("000dpackfile\n00");
          setImmediate(() => request.socket.destroy());
          return true;
        },
        /./,
      ],
    ];
    for (const [what, interfere, says] of failures) {
      it(`${what}: the folder is as it was`, async () => {
        const url = server.repository("failing", tree);
        server.interfere = interfere;
        const target = temp.at("there");
        mkdirSync(target);
        const error = await refuses(placeTemplate({ ...around(), source: git(url), target }), "template_unreachable");
        assert.match(String(error.params.reason), says);
        assert.deepEqual(readdirSync(target), []);
      });
    }

    it("nobody listens", async () => {
      const error = await refuses(openTemplate(git("http://127.0.0.1:1/x"), around()), "template_unreachable");
      assert.match(
        error.message,
        /http:\/\/127\.0\.0\.1:1\/x could not be fetched: .+ No file was changed; try again\./,
      );
    });

    it("an SSH that asks is not waited for, also where the user's settings lead there", async () => {
      // Stands in for ssh, which no test may let leave this machine: it says with what it was started.
      const ssh = temp.at("home", "ssh");
      writeTree(temp.at("home"), {
        ssh: `#!/bin/sh\necho "$@" > ${temp.at("home", "asked")}\necho "Host key verification failed." >&2\nexit 255\n`,
      });
      chmodSync(ssh, 0o755);
      const asked = async (repository: string, environment: Record<string, string>) => {
        const error = await refuses(openTemplate(git(repository), around({ environment })), "template_unreachable");
        assert.match(error.message, /SSH key/);
        return treeOf(temp.at("home")).asked ?? "";
      };
      const plain = gitEnvironment(temp.at("home"));
      const wanted = /-oBatchMode=yes .*git@example\.com git-upload-pack '\/?a\/b\.git'/;
      for (const repository of ["git@example.com:a/b.git", "ssh://git@example.com/a/b.git"]) {
        assert.match(await asked(repository, { ...plain, GIT_SSH_COMMAND: ssh }), wanted);
      }
      const settings = `[core]\n sshCommand = ${ssh} -v\n[url "git@example.com:"]\n insteadOf = https://example.com/\n`;
      writeTree(temp.at("home"), { ".gitconfig": settings });
      assert.match(await asked("https://example.com/a/b.git", plain), /^-v -oBatchMode=yes /);
    });
  });

  it("forward nothing of the user's to an SSH server that is a stranger's, whatever their settings say of all servers", async function () {
    const real = findExecutable("ssh", around().environment) ?? skipBecause(this, "there is no ssh here");
    const [ssh, config, said] = [temp.at("home", "ssh"), temp.at("home", "config"), temp.at("home", "said")];
    const forwards = "ForwardAgent yes\nForwardX11 yes\nPermitLocalCommand yes\nRemoteForward 9 127.0.0.1:22\n";
    writeTree(temp.at("home"), {
      config: `Host *\n${forwards}`,
      // It says what ssh would do, and does not do it: no test may leave this machine.
      ssh: `#!/bin/sh\n'${real}' -F '${config}' -G "$@" > '${said}'\nexit 255\n`,
    });
    chmodSync(ssh, 0o755);
    const environment = { ...gitEnvironment(temp.at("home")), GIT_SSH_COMMAND: ssh };
    await refuses(openTemplate(git("git@example.com:a/b.git"), around({ environment })), "template_unreachable");
    const settings = (treeOf(temp.at("home")).said ?? "").split("\n");
    for (const one of ["user git", "hostname example.com", "batchmode yes"]) assert.ok(settings.includes(one), one);
    for (const one of ["forwardagent no", "forwardx11 no", "permitlocalcommand no", "clearallforwardings yes"]) {
      assert.ok(
        settings.includes(one),
        `${one}, not ${settings.find((other) => other.startsWith(one.split(" ")[0] ?? ""))}`,
      );
    }
    // PuTTY's own is asked in its own words.
    const plink = temp.at("home", "plink");
    writeTree(temp.at("home"), { plink: `#!/bin/sh\necho "$@" > '${said}'\nexit 255\n` });
    chmodSync(plink, 0o755);
    const putty = { ...environment, GIT_SSH_COMMAND: plink };
    await refuses(openTemplate(git("git@example.com:a/b.git"), around({ environment: putty })), "template_unreachable");
    assert.match(treeOf(temp.at("home")).said ?? "", /^-batch -a -x git@example\.com /);
  });

  it("cancelling ends Git, and leaves nothing", async () => {
    const url = server.repository("slow", tree);
    for (const method of ["GET", "POST"]) {
      const stop = new AbortController();
      const closed: Promise<unknown>[] = [];
      server.interfere = (request, response) => {
        if (request.method !== method) return false;
        closed.push(once(response, "close"));
        stop.abort();
        return true;
      };
      const placing = placeTemplate({ ...around({ signal: stop.signal }), source: git(url), target: temp.at("app") });
      await refuses(placing, "template_cancelled");
      await Promise.all(closed);
      assert.equal(closed.length, 1);
      assert.ok(!existsSync(temp.at("app")));
    }
    await refuses(openTemplate(git(url), around({ signal: AbortSignal.abort() })), "template_cancelled");
  });

  it("need Git", async () => {
    const environment = { PATH: temp.at("home"), HOME: temp.at("home") };
    await refuses(openTemplate(git(server.repository("x", tree)), around({ environment })), "git_missing");
  });
});

/** A pack with a blob of zeros that is told as copies of a smaller one (gitformat-pack). */
function inflatingPack(bytes: number): { readonly pack: Buffer; readonly id: string; readonly baseId: string } {
  const copied = 0xff_0000;
  const copies = Math.ceil(bytes / copied);
  const sized = (size: number, firstBits: number, first: number): number[] => {
    const out: number[] = [];
    let rest = Math.floor(size / 2 ** firstBits);
    let byte = first | (size % 2 ** firstBits);
    while (rest > 0) {
      out.push(byte | 0x80);
      byte = rest % 128;
      rest = Math.floor(rest / 128);
    }
    return [...out, byte];
  };
  const object = (type: number, content: Buffer, before: Buffer = Buffer.alloc(0)) =>
    Buffer.concat([Buffer.from(sized(content.length, 4, type << 4)), before, deflateSync(content)]);
  const base = Buffer.alloc(copied);
  // Each copy is from the beginning, of 0xff0000 bytes.
  const delta = Buffer.from([
    ...sized(copied, 7, 0),
    ...sized(copies * copied, 7, 0),
    ...Array.from({ length: copies }, () => [0xc0, 0xff]).flat(),
  ]);
  const count = Buffer.alloc(12);
  count.write("PACK");
  count.writeUInt32BE(2, 4);
  count.writeUInt32BE(2, 8);
  const baseId = createHash("sha1").update(`blob ${copied}\0`).update(base).digest();
  const body = Buffer.concat([count, object(3, base), object(7, delta, baseId)]);
  const whole = createHash("sha1").update(`blob ${copies * copied}\0`);
  for (let i = 0; i < copies; i++) whole.update(base);
  return {
    pack: Buffer.concat([body, createHash("sha1").update(body).digest()]),
    id: whole.digest("hex"),
    baseId: baseId.toString("hex"),
  };
}
