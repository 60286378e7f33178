import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrationsFolder } from '#core/database/migrate.ts'
import { migrationNames } from '#core/database/migration-folder.ts'
import { brokenMigrations } from '#scripts/migration-check.ts'

const name = '29990101000000_planned'
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backhaul-migrations-'))
  await mkdir(join(folder, name))
})
afterAll(() => rm(folder, { recursive: true }))

async function rulesOf(sql: string): Promise<string[]> {
  await writeFile(join(folder, name, 'migration.sql'), sql)
  return (await brokenMigrations(folder, [name])).map((sentence) => sentence.split(': ')[2]!)
}

describe('the check of migrations', () => {
  test('finds nothing in those of the repository', async () => {
    const all = await migrationNames(migrationsFolder)
    expect(await brokenMigrations(migrationsFolder, all)).toEqual([])
  })

  test.each([
    ['ALTER TABLE "task" ADD COLUMN "b" INTEGER NOT NULL;', 'adding-required-field'],
    [
      'ALTER TABLE "task" ADD COLUMN "d" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp();',
      'adding-field-with-default',
    ],
    ['ALTER TABLE "task" ALTER COLUMN "url" SET NOT NULL;', 'adding-not-nullable-field'],
    ['ALTER TABLE "task" ALTER COLUMN "url" DROP NOT NULL;', 'ban-drop-not-null'],
    ['ALTER TABLE "task" ALTER COLUMN "url" SET DATA TYPE VARCHAR(20);', 'changing-column-type'],
    ['ALTER TABLE "task" DROP COLUMN "url";', 'ban-drop-column'],
    ['ALTER TABLE "task" RENAME COLUMN "url" TO "address";', 'renaming-column'],
    ['ALTER TABLE "task" RENAME TO "job";', 'renaming-table'],
    ['DROP TABLE "task";', 'ban-drop-table'],
    ['CREATE INDEX "x" ON "task" ("url");', 'require-concurrent-index-creation'],
    ['CREATE UNIQUE INDEX IF NOT EXISTS "x" ON "task" ("url");', 'require-concurrent-index-creation'],
    ['DROP INDEX "x";', 'require-concurrent-index-deletion'],
    ['ALTER TABLE "task" ADD CONSTRAINT "k" CHECK ("url" > \'b\');', 'constraint-missing-not-valid'],
    ['ALTER TABLE "task" ADD CONSTRAINT "u" UNIQUE ("url");', 'disallowed-unique-constraint'],
    ['ALTER TABLE "task" ADD FOREIGN KEY ("a") REFERENCES "session" ("id");', 'adding-foreign-key-constraint'],
    ['UPDATE "task" SET "url" = \'b\';', 'whole-table'],
    ['ALTER TABLE;', 'syntax-error'],
  ])('flags %s', async (sql, rule) => {
    expect(await rulesOf(sql)).toContain(rule)
  })

  test('lets what expands pass', async () => {
    const sql = `CREATE TABLE "fresh" ("id" TEXT NOT NULL, "n" INTEGER NOT NULL, CONSTRAINT "fresh_pkey" PRIMARY KEY ("id"));
CREATE INDEX "fresh_n" ON "fresh" ("n");
INSERT INTO "fresh" VALUES ('one', 1);
UPDATE "fresh" SET "n" = 2;
ALTER TABLE "task" ADD COLUMN "a" TEXT, ADD COLUMN "c" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "task" ADD CONSTRAINT "k" CHECK ("a" > 'b') NOT VALID;
-- Allowed (require-concurrent-index-creation): one row a tenant
CREATE INDEX "tenant_name" ON "tenant" ("name");
`
    expect(await rulesOf(sql)).toEqual([])
  })
})
