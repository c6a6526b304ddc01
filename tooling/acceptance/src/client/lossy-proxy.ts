import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Stands between a client and a server, and loses answers: what was asked for is done, and nobody is told. */
export interface LossyProxy {
  url: string;
  /**
   * Loses the next answer: waits until the server has given all of it, and breaks the connection.
   *
   * @param share how much of the answer gets through before, from 0 to 1
   * @returns when that has happened
   */
  loseAnswer(share?: number): Promise<void>;
  /** The number of requests that came to it. */
  requests(): number;
  /** Leads new connections to another server. */
  lead(to: string): void;
  close(): Promise<void>;
}

/** The end of an answer of unknown length (RFC 9112, section 7.1). */
const end = "\r\n0\r\n\r\n";

/** @param to the url of the server */
export async function lossyProxy(to: string): Promise<LossyProxy> {
  let target = new URL(to);
  let requests = 0;
  let losing: { share: number; done(): void } | undefined;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    const both = [near, far];
    let answer = Buffer.alloc(0);
    for (const socket of both) {
      sockets.add(socket);
      // Whatever ends one side ends the other, as it came.
      socket.on("error", () => both.forEach((side) => side.destroy()));
      socket.on("close", () => {
        sockets.delete(socket);
        for (const side of both) side.destroy();
      });
    }
    near.on("data", (chunk) => {
      if (/^(GET|POST) /.test(chunk.toString("latin1"))) requests++;
      far.write(chunk);
    });
    far.on("data", (chunk) => {
      if (!losing) return near.write(chunk);
      answer = Buffer.concat([answer, chunk]);
      if (!answer.toString("latin1").endsWith(end)) return;
      const { share, done } = losing;
      losing = undefined;
      near.write(answer.subarray(0, Math.floor(answer.length * share)), () => {
        near.resetAndDestroy();
        done();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseAnswer: (share = 0) => new Promise((done) => (losing = { share, done })),
    requests: () => requests,
    lead(url) {
      target = new URL(url);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
