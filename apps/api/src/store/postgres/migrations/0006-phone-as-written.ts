import { Migration } from "@mikro-orm/migrations";

/** Phone numbers as they were written, beside their E.164 form. */
export class PhoneAsWritten extends Migration {
  override up(): void {
    this.addSql(`alter table customers add column phone_as_written text collate "C" null`);
    this.addSql(`alter table users add column phone_as_written text collate "C" null`);
  }
}
