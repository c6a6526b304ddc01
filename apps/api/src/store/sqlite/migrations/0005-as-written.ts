import { Migration } from "@mikro-orm/migrations";

/** Countries in the words of who wrote them, beside their codes. */
export class AsWritten extends Migration {
  override up(): void {
    this.addSql(`alter table customers add column address_country_as_written text null`);
    this.addSql(`alter table users add column country_as_written text null`);
  }
}
