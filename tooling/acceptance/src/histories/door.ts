import type { ErrorBody, JsonObject, JsonValue } from "@roster/domain";
import { rpcOf, type Rpc } from "../rpc.ts";
import type { Server } from "../server.ts";
import { Labels } from "./labels.ts";
import { must, Wrong } from "./wrong.ts";

/** The answer to a call of a procedure. */
export interface Reply {
  data: JsonObject;
  error?: ErrorBody;
}

/** The answer to a request of another surface. */
export interface Response {
  status: number;
  body: JsonObject;
}

/** The front door of a server: sends requests, and notes each with its answer. */
export class Door {
  readonly server: Server;
  /** Each request with its answer, without what differs between two runs. */
  readonly transcript: string[] = [];
  readonly #rpc: Rpc;
  readonly #labels = new Labels();

  constructor(server: Server) {
    this.server = server;
    this.#rpc = rpcOf(server.url, server.token);
  }

  /** Calls a procedure. @throws Wrong if the server fails */
  async call(path: string, input?: object): Promise<Reply> {
    const { status, data, error } = await this.#rpc(path, input);
    const sent = `${path} ${JSON.stringify(input)}`;
    must(status < 500 || status === 503, `${sent} is answered by ${status} ${JSON.stringify(error)}`);
    this.#note(path, input, error ?? data);
    return { data: data as JsonObject, ...(error && { error }) };
  }

  /** Calls a query that must be answered, without a note of it, for answers that take part in no comparison. */
  async look(path: string, input?: object): Promise<JsonObject> {
    const { data, error } = await this.#rpc(path, input);
    if (error) throw new Wrong(`${path} ${JSON.stringify(input)} is refused: ${JSON.stringify(error)}`);
    return data as JsonObject;
  }

  /** Calls a procedure that must be answered. */
  async ask(path: string, input?: object): Promise<JsonObject> {
    const { data, error } = await this.call(path, input);
    if (error) throw new Wrong(`${path} ${JSON.stringify(input)} is refused: ${JSON.stringify(error)}`);
    return data;
  }

  /** All items of a query with pages. */
  async all<Item = JsonObject>(path: string, input: object = {}): Promise<Item[]> {
    const items: Item[] = [];
    for (let cursor: JsonValue | undefined = null, pages = 0; cursor !== undefined; pages++) {
      const page: JsonObject = await this.ask(path, { ...input, ...(cursor !== null && { cursor }) });
      items.push(...(page["items"] as unknown as Item[]));
      cursor = page["nextCursor"] ?? undefined;
      must(pages < 10_000, `the pages of ${path} have no end`);
    }
    return items;
  }

  /** Sends a request of another surface with a JSON body. @throws Wrong if the server fails */
  async send(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const response = await fetch(this.server.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.server.token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const { status } = response;
    const text = await response.text();
    must(status < 500 || status === 503, `${method} ${path} ${JSON.stringify(body)}: ${status} ${text}`);
    const answer = { status, body: (text === "" ? {} : JSON.parse(text)) as JsonObject };
    this.#note(`${method} ${path}`, body, answer);
    return answer;
  }

  #note(what: string, input: unknown, answer: unknown): void {
    this.transcript.push(this.#labels.of([what, input, answer]));
  }
}
