/** The failure to get an answer from Roster. It is the `cause` of the error that a call throws. */
export class NetworkFailure extends Error {
  override readonly name = "NetworkFailure";
  /** The HTTP status if something other than Roster answered, such as a proxy. */
  readonly status: number | undefined;
  /** False if the request certainly never left, because there was no connection. */
  readonly sent: boolean;

  constructor(message: string, more: { status?: number; sent?: boolean; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.status = more.status;
    this.sent = more.sent ?? true;
  }
}
