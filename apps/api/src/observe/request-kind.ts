/** A request's class for logs and metrics. The number of classes is bounded. */
export interface RequestKind {
  /** `trpc`, `rest`, a wire format's name, or `other`. */
  surface: string;
  method: string;
  /** A route such as `/api/customers/{id}`, or `unmatched`. */
  route: string;
}
