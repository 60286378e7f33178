import type { Database, Sql } from '#core/database/database.ts'

interface Explained {
  'QUERY PLAN': [{ Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number } }]
}

/** Pages of tables and indexes that the statements of `look` read. They are run, and seem to find nothing. */
export async function pagesRead(database: Database, look: (explaining: Database) => Promise<unknown>): Promise<number> {
  let pages = 0
  const run: Sql['run'] = async (sql, params) => {
    const [explained] = await database.many<Explained>(`explain (analyze, buffers, format json) ${sql}`, params)
    const { Plan: top } = explained!['QUERY PLAN'][0]
    pages += top['Shared Hit Blocks'] + top['Shared Read Blocks']
    return 0
  }
  const explaining: Sql = {
    run,
    many: (sql, params) => run(sql, params).then(() => []),
    first: (sql, params) => run(sql, params).then(() => null),
  }
  await look({ ...database, ...explaining, relaxed: explaining, transaction: (work) => work(explaining) })
  return pages
}
