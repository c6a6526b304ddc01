import { Migration } from "@mikro-orm/migrations";
import { refoldNames } from "../../name-terms.ts";

/** Names are found by full case folding: the words that earlier releases wrote are written anew. */
export class Names extends Migration {
  override async up(): Promise<void> {
    await refoldNames("t.term glob '*[^ -~]*'", (sql, params) => this.execute(sql, params));
  }
}
