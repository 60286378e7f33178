import { describe, expect, it } from 'vitest'
import { catchUp } from '#core/dispatch/rules/fair-share.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { claim } from '#support/builders/claim.ts'
import type { BuiltSession } from '#support/builders/store-builder.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'

const builder = useStorePerTest()

async function tenantWith(backlog: number): Promise<BuiltSession> {
  const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
  await builder.tasks(session, ...Array.from({ length: backlog }, () => ({})))
  return session
}

/**
 * Has the tenant queues locked while `meanwhile` runs, in a transaction as a claim is one. Fails when PostgreSQL ends it
 * before: what `meanwhile` waits for must not come from that.
 */
function stoppedWith(sessions: readonly BuiltSession[], meanwhile: () => Promise<void>): Promise<void> {
  return builder.database.transaction(async (stopped) => {
    await stopped.many('select 1 from lane where tenant_id = any($1) for update', [
      sessions.map(({ tenantId }) => tenantId),
    ])
    await meanwhile()
    await stopped.run('select 1')
  })
}

describe('while a dispatcher has stopped in the middle of a claim', () => {
  it('the others soon go on with the tenants that it has not locked, and wait anew once its queues were free', async () => {
    const held = [await tenantWith(20), await tenantWith(20)]
    await tenantWith(400)
    const dispatcher = builder.otherProcess()
    await stoppedWith(held, async () => {
      let begun = (await claim(dispatcher, 50)).length
      expect(begun, 'a claim that goes on is waited for').toBe(catchUp)
      await eventually('other tasks begin', async () => {
        begun += (await claim(dispatcher, 50)).length
        return begun > 200
      })
    })
    expect(await claim(dispatcher, catchUp), 'the queues catch up').toHaveLength(catchUp)
    const left = await builder.database.many(
      "select tenant_id from task where state = 'waiting' and tenant_id = any($1)",
      [held.map(({ tenantId }) => tenantId)],
    )
    expect(left).toHaveLength(40 - catchUp)
    await stoppedWith(held, async () => {
      expect((await claim(dispatcher, 50)).length).toBeLessThanOrEqual(catchUp)
    })
  })
})
