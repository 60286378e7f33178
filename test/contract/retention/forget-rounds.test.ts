import { expect, it } from 'vitest'
import type { Database } from '#core/database/database.ts'
import { mint } from '#core/runtime/crypto.ts'
import { createStores } from '#core/runtime/postgres-stores.ts'
import { defaultLimiterPolicy } from '#core/wakes/rules/wake-limiter.ts'
import type { BuiltSession } from '#support/builders/store-builder.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()

/** A task that was canceled so many days ago. */
async function canceled(session: BuiltSession, days: number): Promise<string> {
  const { id, tenantId } = await builder.task(session)
  await builder.stores.tasks.cancelTask(tenantId, id)
  await builder.database.run('update task set ended_at = ended_at - make_interval(days => $2) where id = $1', [
    id,
    days,
  ])
  await builder.database.run(
    'update event set created_at = created_at - make_interval(days => $2) where task_id = $1',
    [id, days],
  )
  return id
}

/** Sweeps; how many tasks the sweeper has looked at, and how many it has forgotten, in each call. */
function sweeper() {
  let looked = 0
  const { database } = builder
  const counting: Database = {
    ...database,
    async many<Row>(sql: string, params?: readonly unknown[]) {
      const rows = await database.many<Row>(sql, params)
      looked += rows.length
      return rows
    },
  }
  const { retention } = createStores(counting, mint, builder.encryptor, defaultLimiterPolicy)
  return async (calls: number) => {
    const each: { looked: number; forgotten: number }[] = []
    for (let call = 0; call < calls; call++) {
      looked = 0
      const forgotten = await retention.forgetTasks()
      each.push({ looked, forgotten })
    }
    return each
  }
}
const nothing = (calls: number) => Array(calls).fill({ looked: 0, forgotten: 0 })

it('what stays is looked at once in fifteen calls, and what becomes old meanwhile goes at once', async () => {
  await canceled(await builder.session(), 50)
  const sweep = sweeper()
  expect(await sweep(7)).toEqual([{ looked: 1, forgotten: 0 }, ...nothing(6)])
  await canceled(await builder.session(undefined, { delegate: { kind: 'pull' } }), 40)
  expect(await sweep(8)).toEqual([{ looked: 1, forgotten: 1 }, ...nothing(7)])
  expect(await sweep(2)).toEqual([{ looked: 1, forgotten: 0 }, ...nothing(1)])
})

it('a task that need not stay any more, older than others that went, goes with the next round', async () => {
  await canceled(await builder.session(), 50)
  await canceled(await builder.session(undefined, { delegate: { kind: 'pull' } }), 40)
  const sweep = sweeper()
  expect(await sweep(1)).toEqual([{ looked: 2, forgotten: 1 }])
  await builder.database.run('update event set held = false')
  expect(await sweep(16)).toEqual([...nothing(14), { looked: 1, forgotten: 1 }, ...nothing(1)])
})
