/** No answer of Roster's came. It is the `cause` of the error that a call throws. */
export class NetworkFailure extends Error {
  override readonly name = "NetworkFailure";
  /** The HTTP status of what did answer, where that was not Roster: a proxy, say. */
  readonly status: number | undefined;
  /** False when the request surely never left: there was no connection to send it over. */
  readonly sent: boolean;

  constructor(message: string, more: { status?: number; sent?: boolean; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.status = more.status;
    this.sent = more.sent ?? true;
  }
}
