export { factories, type Factories } from "./factories.ts";
export { startRoster, type TestRoster, type TestRosterOptions } from "./start-roster.ts";
