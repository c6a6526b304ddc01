import { Migration } from "@mikro-orm/migrations";

/** How often a webhook has changed hands, so that a node can tell a lease that it kept from one that it took anew. */
export class LeaseEpoch extends Migration {
  override up(): void {
    this.addSql("alter table webhook_cursors add column lease_epoch integer not null default 0");
  }
}
