import { exploCustomer } from "./explo-customer.ts";
import { flextellCustomer } from "./flextell-customer.ts";
import { maiascoreCustomer } from "./maiascore-customer.ts";
import { statesetCustomer } from "./stateset-customer.ts";
import { statesetUser } from "./stateset-user.ts";
import type { WireFormat } from "./wire-format.ts";

/** All third-party formats that are served. */
export const wireFormats: readonly WireFormat[] = [
  statesetCustomer,
  exploCustomer,
  statesetUser,
  maiascoreCustomer,
  flextellCustomer,
];
