import { connect } from "node:net";
import { portAnswerMs } from "#runner/keeper/caps";

/**
 * Whether an HTTP server answers on a port of loopback: it was asked for its first page, and began an answer, whatever
 * that says.
 */
export async function answersHttp(port: number): Promise<boolean> {
  const answers = await Promise.all(["127.0.0.1", "::1"].map((host) => ask(host, port)));
  return answers.includes(true);
}

const ask = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    let text = "";
    const done = (answered: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answered);
    };
    const timer = setTimeout(() => done(false), portAnswerMs);
    socket.on("connect", () => {
      socket.write(`GET / HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`);
    });
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1").slice(0, statusLine.length);
      if (text.length >= statusLine.length) done(text.startsWith(statusLine));
    });
    socket.on("error", () => done(false));
    socket.on("close", () => done(false));
  });

const statusLine = "HTTP/1.";
