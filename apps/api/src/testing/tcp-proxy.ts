import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A proxy between a program and its database, which can break connections and redirect new ones. */
export interface TcpProxy {
  port: number;
  /** Sends new connections to another port of the same host; open ones stay. */
  leadTo(port: number): void;
  /**
   * Breaks the connection, once, on which the program sends something that contains a text.
   * @param when before it reaches the server; or after that, before the server's answer comes back
   * @returns when that has happened
   */
  breakAt(text: string, when: "before" | "after"): Promise<void>;
  close(): Promise<void>;
}

export async function startProxy(host: string, port: number): Promise<TcpProxy> {
  const target = { host, port };
  const sockets = new Set<Socket>();
  let trap: { text: string; when: "before" | "after"; sprung(): void } | undefined;
  const server = createServer((program) => {
    const database = connect(target);
    for (const socket of [program, database]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        program.destroy();
        database.destroy();
      });
    }
    let deaf = false;
    program.on("data", (chunk: Buffer) => {
      if (!trap || !chunk.includes(trap.text)) {
        database.write(chunk);
        return;
      }
      const { when, sprung } = trap;
      trap = undefined;
      if (when === "before") {
        program.destroy();
      } else {
        deaf = true;
        database.write(chunk);
      }
      sprung();
    });
    database.on("data", (chunk: Buffer) => {
      if (deaf) program.destroy();
      else program.write(chunk);
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    leadTo: (other) => void (target.port = other),
    breakAt: (text, when) =>
      new Promise((resolve) => {
        trap = { text, when, sprung: resolve };
      }),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
