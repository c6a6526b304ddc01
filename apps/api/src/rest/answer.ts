/**
 * The answer to a request. It is plain data until the last step, which adds what every answer has:
 * `Headers` that are made early and changed later cost more than the rest of a small request.
 */
export interface Answer {
  status: number;
  /** By name in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;
}

export const jsonAnswer = (status: number, body: object, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});
