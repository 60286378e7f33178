import { describe, expect, it } from 'vitest'
import { brokenMigrationRules, type Finding } from '#scripts/migration-rules.ts'

const rulesOf = (sql: string, found: Finding[] = []) =>
  brokenMigrationRules(sql, found).map((sentence) => sentence.split(': ').slice(0, 2).join(' '))

describe('what a migration may not do while older processes work', () => {
  it.each<[string, string[]]>([
    ['UPDATE "task" SET "a" = 1;', ['line 1 whole-table']],
    ['update only task set a = 1 where b = 2;', ['line 1 whole-table']],
    ['DELETE FROM "task";', ['line 1 whole-table']],
    ['TRUNCATE task;', ['line 1 whole-table']],
    ['LOCK TABLE "task" IN SHARE MODE;', ['line 1 whole-table']],
    ['VACUUM FULL task;', ['line 1 whole-table']],
    ['ALTER TABLE "task" ALTER COLUMN "a" DROP DEFAULT;', ['line 1 changing-default']],
    ['ALTER TABLE "task"\n  ADD COLUMN "b" TEXT,\n  ALTER "a" SET DEFAULT 3;', ['line 3 changing-default']],
    ['DO $$ BEGIN UPDATE task SET a = 1; END $$;', ['line 1 unread-block']],
    ['INSERT INTO "note" VALUES (\'; update task set a = 1;\');', []],
    ['-- UPDATE task;\n/* DELETE FROM task; */\nSELECT 1;', []],
    ['CREATE TABLE "fresh" ("id" TEXT);\nUPDATE "fresh" SET "id" = \'a\';', []],
    ['CREATE TABLE "fresh" ("id" TEXT);\nUPDATE "fresher" SET "id" = \'a\';', ['line 2 whole-table']],
    ['SELECT 1;\n\nUPDATE task SET a = 1;\nSELECT 2; DELETE FROM b;', ['line 3 whole-table', 'line 4 whole-table']],
  ])('%s', (sql, broken) => {
    expect(rulesOf(sql)).toEqual(broken)
  })

  it("takes Squawk's findings, but not those about style, and not those of a line twice", () => {
    const found = ['ban-drop-column', 'ban-drop-column', 'prefer-text-field', 'require-lock-timeout']
    const sql = 'SELECT 1;\nALTER TABLE "task" DROP COLUMN "a";'
    expect(
      brokenMigrationRules(
        sql,
        found.map((rule) => ({ line: 2, rule })),
      ),
    ).toEqual(['line 2: ban-drop-column: older code still uses it: stop using it in one release, drop it in the next'])
  })

  it('says where the file ends too early', () => {
    expect(rulesOf('SELECT 1;\n\n', [{ line: 3, rule: 'syntax-error' }])).toEqual(['line 3 syntax-error'])
  })
})

describe('an exception', () => {
  const drop = 'ALTER TABLE "task" DROP COLUMN "a";'
  const found = [{ line: 3, rule: 'ban-drop-column' }]

  it.each<[string, string, string[]]>([
    ['with a reason is taken', `SELECT 1;\n-- Allowed (ban-drop-column): nobody has read it since 0.2.0\n${drop}`, []],
    ['needs a reason', `SELECT 1;\n-- Allowed (ban-drop-column)\n${drop}`, ['line 2 unreasoned-exception']],
    [
      'is for one rule',
      `SELECT 1;\n-- Allowed (ban-drop-table): few rows\n${drop}`,
      ['line 2 unused-exception', 'line 3 ban-drop-column'],
    ],
    [
      'is for the statement below it',
      `-- Allowed (ban-drop-column): nobody has read it since 0.2.0\nSELECT 1;\n${drop}`,
      ['line 1 unused-exception', 'line 3 ban-drop-column'],
    ],
  ])('%s', (_, sql, broken) => {
    expect(rulesOf(sql, found)).toEqual(broken)
  })

  it('may be one of several above a statement, with other comments', () => {
    const sql = `-- One row a tenant.
-- Allowed (whole-table): one row a tenant
-- Allowed (ban-drop-column): nobody has read it since 0.2.0
UPDATE "tenant" SET "a" = 1;`
    expect(rulesOf(sql, [{ line: 4, rule: 'ban-drop-column' }])).toEqual([])
  })
})
