import { connect } from "node:net";
import { portAnswerMs } from "#runner/keeper/caps";

const loopback = ["127.0.0.1", "::1"] as const;

/**
 * Whether a server with pages answers on a port of loopback: it was asked for its first page, and began an answer,
 * whatever that says. A debugger speaks HTTP, too (`node --inspect`), but whoever reaches one runs what they like, so it
 * is none.
 */
export async function answersHttp(port: number): Promise<boolean> {
  const answers = await Promise.all(loopback.map((host) => answersAt(host, port)));
  return answers.includes("page") && !answers.includes("debugger");
}

async function answersAt(host: string, port: number): Promise<"page" | "debugger" | undefined> {
  const [, status] = statusLine.exec(await ask(host, port, "/", statusLineLength)) ?? [];
  if (status === undefined) return undefined;
  // No debugger has a first page, and servers that have one are not asked a second time.
  if (!status.startsWith("4")) return "page";
  return (await ask(host, port, "/json/version", maxVersionLength)).includes('"Protocol-Version"')
    ? "debugger"
    : "page";
}

/** @returns the beginning of the answer, up to a length; less where nothing more comes */
const ask = (host: string, port: number, path: string, length: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    let text = "";
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(done, portAnswerMs);
    socket.on("connect", () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: */*\r\nConnection: close\r\n\r\n`);
    });
    socket.on("data", (bytes) => {
      text = (text + bytes.toString("latin1")).slice(0, length);
      if (text.length === length) done();
    });
    socket.on("error", done);
    socket.on("close", done);
  });

const statusLineLength = "HTTP/1.1 200".length;
const statusLine = /^HTTP\/1\.\d (\d{3})/;
/** Of the answer in which a debugger says its version. */
const maxVersionLength = 2_000;
