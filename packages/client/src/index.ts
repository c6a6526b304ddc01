export type { AppRouter } from "./router.ts";
export { decodeLink } from "./wires.ts";
