import type { Database } from '../../packages/core/src/infra/database.ts'

interface Explained {
  'QUERY PLAN': [{ Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number } }]
}

/** Pages of tables and indexes that the statements of `look` read. They are run, and find nothing. */
export async function pagesRead(database: Database, look: (explaining: Database) => Promise<unknown>): Promise<number> {
  let pages = 0
  await look({
    ...database,
    many: async <Row>(sql: string, params?: readonly unknown[]) => {
      const [explained] = await database.many<Explained>(`explain (analyze, buffers, format json) ${sql}`, params)
      const { Plan: top } = explained!['QUERY PLAN'][0]
      pages += top['Shared Hit Blocks'] + top['Shared Read Blocks']
      return [] as Row[]
    },
  })
  return pages
}
