import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A proxy between a client and a server that can break connections, lose answers and redirect new connections. */
export interface TcpProxy {
  port: number;
  /** Its address as an HTTP server. */
  url: string;
  /** Sends new connections to another server; open ones stay. */
  leadTo(target: Target): void;
  /** Breaks the connections that `which` selects, whatever is running on them. @returns their number */
  cut(which?: () => boolean): number;
  /**
   * Breaks the next connection on which the client sends a text.
   * @param when before the text reaches the server; or after that, before the server's answer returns
   * @returns once that has happened
   */
  breakAt(text: string, when: "before" | "after"): Promise<void>;
  /**
   * Loses the next HTTP answer: waits for all of it, and breaks the connection.
   * @param share the part of the answer that gets through, from 0 to 1
   * @returns once that has happened
   */
  loseAnswer(share?: number): Promise<void>;
  /** The number of GET and POST requests so far. */
  requests(): number;
  close(): Promise<void>;
}

/** The URL of a server, of any protocol. */
type Target = string | URL;

/** Whether an HTTP answer is complete: by its length, or in chunks (RFC 9112, sections 6.2 and 7.1). */
function isWhole(answer: Buffer): boolean {
  const text = answer.toString("latin1");
  const head = text.indexOf("\r\n\r\n") + 4;
  const length = /^content-length: *(\d+)/im.exec(text.slice(0, head))?.[1];
  return length === undefined ? text.endsWith("\r\n0\r\n\r\n") : text.length >= head + Number(length);
}

export async function startProxy(to: Target): Promise<TcpProxy> {
  let target = new URL(to);
  let requests = 0;
  let trap: { text: string; when: "before" | "after"; sprung(): void } | undefined;
  let losing: { share: number; done(): void } | undefined;
  const open = new Map<Socket, Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    open.set(client, server);
    const end = () => {
      open.delete(client);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.setNoDelay(true).on("error", end).on("close", end);

    let isDeaf = false;
    let answer = Buffer.alloc(0);
    client.on("data", (chunk: Buffer) => {
      if (/^(?:GET|POST) /.test(chunk.toString("latin1", 0, 5))) requests++;
      const sprung = trap && chunk.includes(trap.text) ? trap : undefined;
      if (sprung) trap = undefined;
      isDeaf ||= sprung?.when === "after";
      if (sprung?.when === "before") client.destroy();
      else forward(client, server, chunk);
      sprung?.sprung();
    });
    server.on("data", (chunk: Buffer) => {
      if (isDeaf) return void client.destroy();
      if (!losing) return forward(server, client, chunk);
      answer = Buffer.concat([answer, chunk]);
      if (!isWhole(answer)) return;
      const { share, done } = losing;
      losing = undefined;
      client.write(answer.subarray(0, Math.floor(answer.length * share)), () => {
        client.resetAndDestroy();
        done();
      });
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    leadTo: (other) => void (target = new URL(other)),
    cut(which = () => true) {
      const chosen = [...open.keys()].filter(which);
      for (const socket of chosen) socket.resetAndDestroy();
      return chosen.length;
    },
    breakAt: (text, when) => new Promise((sprung) => (trap = { text, when, sprung })),
    loseAnswer: (share = 0) => new Promise((done) => (losing = { share, done })),
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        for (const socket of [...open].flat()) socket.destroy();
      }),
  };
}

/** Forwards data at the pace of the slower side, so that the server notices a client that does not read. */
function forward(from: Socket, to: Socket, chunk: Buffer): void {
  if (to.write(chunk)) return;
  from.pause();
  to.once("drain", () => from.resume());
}
