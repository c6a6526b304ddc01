import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Stands between clients and a server, and breaks connections at any moment. */
export interface CuttingProxy {
  url: string;
  /** Breaks those connections for which a test holds, in the midst of whatever is under way. @returns how many */
  cut(which?: () => boolean): number;
  /** Leads new connections to another server. */
  lead(to: string): void;
  close(): Promise<void>;
}

/** @param to the url of the server */
export async function cuttingProxy(to: string): Promise<CuttingProxy> {
  let target = new URL(to);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    open.add(near);
    const end = () => {
      open.delete(near);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on("error", end).on("close", end);
    // The slower side sets the pace, so that the server feels a reader that does not read.
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut(which = () => true) {
      const chosen = [...open].filter(which);
      for (const socket of chosen) socket.resetAndDestroy();
      return chosen.length;
    },
    lead(url) {
      target = new URL(url);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
