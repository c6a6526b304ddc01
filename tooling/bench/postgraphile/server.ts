import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

/**
 * PostGraphile as in its guide to production: a GraphQL API made from the existing tables. Its update is one
 * `update … returning`. It keeps no history and checks no versions.
 *
 * Arguments: the address of a database.
 */

const [connectionString] = process.argv.slice(2) as [string];

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString, schemas: ["public"] })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
});

const serv = instance.createServ(grafserv);
const server = createServer();
await serv.addTo(server);
await serv.ready();
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once("disconnect", () => process.exit());
