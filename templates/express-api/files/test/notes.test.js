import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { createApp } from "../src/app.js";

let server;
let url;

before(async () => {
  server = createApp().listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

const post = (body) =>
  fetch(`${url}/notes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

test("a note is kept and can be taken away", async () => {
  const made = await post({ text: "water the plants" });
  assert.equal(made.status, 201);
  const { id } = await made.json();
  const all = await (await fetch(`${url}/notes`)).json();
  assert.deepEqual(
    all.map((note) => note.text),
    ["water the plants"],
  );
  assert.equal((await fetch(`${url}/notes/${id}`, { method: "DELETE" })).status, 204);
  assert.deepEqual(await (await fetch(`${url}/notes`)).json(), []);
});

test("a note without a text is refused", async () => {
  for (const body of [{}, { text: "" }, { text: 7 }]) {
    const answer = await post(body);
    assert.equal(answer.status, 400);
    assert.equal((await answer.json()).error, "A note needs a text.");
  }
});

test("an address that is none is said to be none", async () => {
  assert.equal((await fetch(`${url}/nothing`)).status, 404);
});
