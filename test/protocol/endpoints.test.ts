import assert from "node:assert/strict";
import * as z from "zod";
import { type Endpoint, endpoints } from "#protocol/api";
import { tokenScopes } from "#protocol/documents";
import { roles } from "#protocol/roles";
import { viewerCommands } from "#protocol/viewer-link";

const rows = Object.entries(endpoints as Record<string, Endpoint>);

describe("the table of endpoints", () => {
  it("has each method and path once", () => {
    const keys = rows.map(([, row]) => `${row.method} ${row.path}`);
    assert.equal(new Set(keys).size, keys.length);
  });

  it("has no two paths that a router could take for one another", () => {
    for (const [name, row] of rows) {
      const clash = rows.find(
        ([other, { method, path }]) =>
          other !== name &&
          method === row.method &&
          path.replaceAll(/:\w+/g, ":") === row.path.replaceAll(/:\w+/g, ":"),
      );
      assert.equal(clash, undefined, name);
    }
  });

  for (const [name, row] of rows) {
    it(`${name}: the row is complete`, () => {
      assert.match(row.path, /^\/[A-Za-z0-9/:.-]+$/);
      assert.ok(row.summary.length > 5 && !row.summary.endsWith("."));
      const inPath = [...row.path.matchAll(/:(\w+)/g)].map((match) => match[1]);
      assert.deepEqual(row.params instanceof z.ZodObject ? Object.keys(row.params.shape) : [], inPath);
      assert.ok((["public", "server", ...roles] as string[]).includes(row.role));
      assert.ok(row.scope === undefined || (tokenScopes as readonly string[]).includes(row.scope));
      if (row.role === "public" || row.role === "server") assert.equal(row.scope, undefined, "no token is asked for");
      if (row.method === "GET") assert.equal(row.body, undefined, "a GET has no body");
      assert.ok(!(row.response && row.media), "an answer is JSON or a medium, not both");
    });
  }

  it("asks for more than a viewer wherever something is changed for others", () => {
    const ownThings = /^\/api\/(session|sign-ins|tickets|links|tokens|devices)(\/|$)|\/(check|tickets)$/;
    for (const [name, row] of rows) {
      if (row.method === "GET" || row.role !== "viewer") continue;
      assert.match(row.path, ownThings, `${name} lets a viewer change something`);
    }
  });

  it("gives tokens the scope that goes with the role", () => {
    for (const [name, row] of rows) {
      if (row.scope === "read") assert.equal(row.role, "viewer", name);
      if (row.scope === "prompt") assert.equal(row.role, "prompter", name);
    }
  });
});

describe("the commands of a viewer", () => {
  it("name a role each, except for the first", () => {
    for (const [name, row] of Object.entries(viewerCommands)) {
      if (name === "hello") assert.equal(row.role, undefined);
      else assert.ok(row.role && roles.includes(row.role), name);
    }
  });

  it("ask for an approver wherever a terminal is touched", () => {
    for (const name of ["lease.take", "lease.release", "run.resize"] as const) {
      assert.equal(viewerCommands[name].role, "approver");
    }
  });
});
