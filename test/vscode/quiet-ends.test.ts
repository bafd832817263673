import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { quietEnds } from "#test/vscode/quiet-ends";

describe("the port in front of an editor", () => {
  it("tells the editor of the end of a window that resets its connection, and reads what is still written", async () => {
    const server = createServer({ allowHalfOpen: true });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const front = await quietEnds((server.address() as { port: number }).port);
    const window = connect(front.port, "127.0.0.1");
    const [editor] = (await once(server, "connection")) as [Socket];
    // An error that nobody listens to fails the test.
    window.write("hello");
    const [said] = await once(editor, "data");
    assert.equal(String(said), "hello");
    const ended = once(editor.resume(), "end");
    editor.write(Buffer.alloc(1024 * 1024));
    window.resetAndDestroy();
    await ended;
    editor.end(Buffer.alloc(1024 * 1024));
    const [hadError] = await once(editor, "close");
    assert.equal(hadError, false);
    await front.close();
    server.close();
  });
});
