/** What a request is called, whatever stands in its path: there are few of them. */
export interface RequestKind {
  /** `trpc`, `rest`, the name of a documented format, or `other`. */
  surface: string;
  method: string;
  /** Such as `/api/customers/{id}`; `unmatched` where there is nothing. */
  route: string;
}
