import { describe, expect, it } from 'vitest'
import type { ClaimStore } from '#core/dispatch/claim-store.ts'
import type { Lease } from '#core/tasks/rules/lease.ts'
import { claim } from '#support/builders/claim.ts'
import { randomFrom } from '#support/builders/random-verbs.ts'
import type { BuiltSession } from '#support/builders/store-builder.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()

const places = 40
const unweighted = { limiterPolicy: {} }

async function tenantsWith(weights: number[], backlog: number): Promise<BuiltSession[]> {
  const sessions: BuiltSession[] = []
  for (const weight of weights) {
    const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
    const changed = await builder.stores.tenants.changeTenant(session.tenantId, { ...unweighted, weight })
    expect(changed).toMatchObject({ weight })
    for (let left = backlog; left > 0; left -= 1000)
      await builder.tasks(session, ...Array.from({ length: Math.min(left, 1000) }, () => ({})))
    sessions.push(session)
  }
  return sessions
}

/**
 * Begins so many tasks in all, with dispatchers of several processes and places that become free in any order; by tenant,
 * how many of its tasks have begun.
 */
async function begin(total: number, sessions: readonly BuiltSession[], dispatchers: number): Promise<number[]> {
  const random = randomFrom(7)
  const begun = new Map<string, number>()
  let count = 0
  const dispatcher = async (stores: { dispatch: ClaimStore }) => {
    let running: Lease[] = []
    while (count < total) {
      const claimed = await claim(stores, places - running.length)
      count += claimed.length
      running = [...running, ...claimed]
      const ended = running.filter(() => random() < 0.3).map(({ taskId }) => taskId)
      running = running.filter(({ taskId }) => !ended.includes(taskId))
      await builder.database.run("update task set state = 'canceled' where id = any($1)", [ended])
      const rows = await builder.database.many<{ tenantId: string }>('select tenant_id from task where id = any($1)', [
        claimed.map(({ taskId }) => taskId),
      ])
      for (const { tenantId } of rows) begun.set(tenantId, (begun.get(tenantId) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: dispatchers }, () => dispatcher(builder.otherProcess())))
  return sessions.map(({ tenantId }) => begun.get(tenantId) ?? 0)
}

function expectShares(begun: readonly number[], weights: readonly number[]): void {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value)
  for (const [n, weight] of weights.entries()) {
    const share = begun[n]! / sum(begun)
    const due = weight / sum(weights)
    expect(Math.abs(share / due - 1), `weight ${weight}: ${begun[n]} of ${sum(begun)}`).toBeLessThan(0.05)
  }
}

describe('tenants with long backlogs', () => {
  it.each([1, 3])(
    'share the places by their weights, whatever ends first, with %d dispatchers',
    async (dispatchers) => {
      const weights = [1, 2, 4]
      const sessions = await tenantsWith(weights, 800)
      expectShares(await begin(1050, sessions, dispatchers), weights)
    },
  )

  it('go by a new weight from the next task on', async () => {
    const sessions = await tenantsWith([1, 1], 1000)
    expectShares(await begin(400, sessions, 1), [1, 1])
    await builder.stores.tenants.changeTenant(sessions[1]!.tenantId, { ...unweighted, weight: 4 })
    expectShares(await begin(800, sessions, 1), [1, 4])
  })
})
