import type { MigrationsOptions } from "@mikro-orm/core";
import { Migration, Migrator } from "@mikro-orm/migrations";
import { entitiesOf, type Dialect, type Entity } from "../entities.ts";
import { migrations } from "./list.ts";
import { statementFor } from "./migration.ts";
import { migrationsTable } from "./state.ts";

export interface MigratorConfig {
  entities: Entity[];
  extensions: (typeof Migrator)[];
  migrations: MigrationsOptions;
}

/**
 * The options with which MikroORM runs a database's migrations. It begins no transaction itself: the caller
 * has begun one, so that either all pending migrations are stored or none.
 */
export async function migratorConfig(dialect: Dialect): Promise<MigratorConfig> {
  const migrationsList = await Promise.all(
    Object.entries(migrations).map(async ([name, load]) => {
      const statements = await load();
      const up = class extends Migration {
        override up(): void {
          for (const statement of statements) {
            const sql = statementFor(dialect, statement);
            if (sql !== undefined) this.addSql(sql);
          }
        }
      };
      return { name, class: up };
    }),
  );
  return {
    entities: Object.values(entitiesOf(dialect)),
    extensions: [Migrator],
    migrations: {
      tableName: migrationsTable,
      snapshot: false,
      silent: true,
      allOrNothing: false,
      transactional: false,
      migrationsList,
    },
  };
}
