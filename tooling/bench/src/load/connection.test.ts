import { createServer, type AddressInfo, type Server } from "node:net";
import { afterEach, expect, it } from "vitest";
import { Connection, type Answer } from "./connection.ts";

let server: Server | undefined;
afterEach(() => void server?.close());

/** A server that answers each request with these pieces, one after another. */
async function answering(...pieces: string[]): Promise<number> {
  const listening = createServer((socket) => {
    socket.setNoDelay();
    socket.on("data", () => {
      for (const [i, piece] of pieces.entries()) setTimeout(() => socket.write(piece), i * 15);
    });
    socket.on("error", () => socket.destroy());
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return (listening.address() as AddressInfo).port;
}

async function ask(port: number, times = 1): Promise<Answer[]> {
  const answers: Answer[] = [];
  await new Promise<void>((resolve, reject) => {
    const connection = new Connection(
      port,
      () => send(),
      (reason) => reject(new Error(reason)),
    );
    const send = () =>
      connection.send("GET / HTTP/1.1\r\n\r\n", (answer) => {
        answers.push(answer);
        if (answers.length < times) return send();
        connection.close();
        resolve();
      });
  });
  return answers;
}

it("reads an answer by its length, even in pieces, and continues with the next one", async () => {
  const port = await answering("HTTP/1.1 200 OK\r\nContent-", "Length: 5\r\n\r\nab", "cde");
  const answers = await ask(port, 3);
  expect(answers.map(({ status, text }) => [status, text.slice(-7)])).toEqual(
    Array.from({ length: 3 }, () => [200, "\r\nabcde"]),
  );
});

it("reads an answer up to its last chunk", async () => {
  const port = await answering(
    "HTTP/1.1 207 Multi-Status\r\nTransfer-Encoding: chunked\r\n\r\n",
    "3\r\nab\n\r\n",
    "0\r\n",
    "\r\n",
  );
  const [answer] = await ask(port);
  expect(answer?.status).toBe(207);
  expect(answer?.text.endsWith("3\r\nab\n\r\n0\r\n\r\n")).toBe(true);
});

it("reports that the server closed the connection instead of answering", async () => {
  const listening = createServer((socket) => socket.on("data", () => socket.end()));
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  await expect(ask((listening.address() as AddressInfo).port)).rejects.toThrow("closed the connection");
});
