import { describe, expect, it } from 'vitest'
import { lastRows, ownRows, partsOfTasks, sharedTables } from '#core/tenants/postgres/tenant-tables.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

describe('the rules of removal', () => {
  it('name every table of the schema', async () => {
    const tables = await builder.database.many<{ name: string }>(
      `select table_name as name from information_schema.tables
       where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not like '\\_prisma%'`,
    )
    const parts = [...partsOfTasks, ...ownRows.flatMap((rows) => rows.parts)]
    const named = ['task', 'tenant', ...[...parts, ...ownRows].map(({ table }) => table), ...lastRows, ...sharedTables]
    expect(tables.map(({ name }) => name).toSorted()).toEqual([...new Set(named)].toSorted())
  })

  it('have no column of a tenant, session or task that they do not go by, in what is shared', async () => {
    const columns = await builder.database.many<{ table: string; column: string }>(
      `select table_name as table, column_name as column from information_schema.columns
       where table_name = any($1) and column_name ~ '(tenant|session|task|endpoint|key|event|wake|delivery)_id$'`,
      [sharedTables],
    )
    expect(columns).toEqual([])
  })

  it('find rows by an index that begins with their column', async () => {
    const leading = await builder.database.many<{ table: string; column: string }>(
      `select c.relname as table, a.attname as column from pg_index i join pg_class c on c.oid = i.indrelid
       join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]`,
    )
    const parts = [...partsOfTasks, ...ownRows.flatMap((rows) => rows.parts)]
    for (const { table, column } of [...ownRows, ...parts.filter((part) => !('where' in part))])
      expect(leading).toContainEqual({ table, column })
  })
})
