import { describe, expect, it } from 'vitest'
import { batched } from '#core/database/batch.ts'
import { coalesce } from '#core/kernel/coalesce.ts'
import { currentRequest, inRequest, outsideRequests, type RequestContext } from '#core/kernel/request-context.ts'

const request = (requestId: string): RequestContext => ({
  tenantId: 'ten_1',
  aboutTenantId: 'ten_1',
  actor: { kind: 'operator' },
  address: '::1',
  requestId,
  action: 'changeTenant',
  target: null,
})
const current = () => currentRequest()?.requestId

describe('work in a request', () => {
  it('belongs to it, whatever it waits for, and nothing else does', async () => {
    const work = async (id: string) => {
      await new Promise((resolve) => setTimeout(resolve))
      return [id, current()]
    }
    const both = await Promise.all(['a', 'b'].map((id) => inRequest(request(id), () => work(id))))
    expect(both).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ])
    expect(current()).toBeUndefined()
  })

  it('can be left', async () => {
    const left = inRequest(request('a'), async () => [await outsideRequests(async () => current()), current()])
    expect(await left).toEqual([undefined, 'a'])
  })

  it('is left by what is done for several', async () => {
    const seen: unknown[] = []
    const { promise: first, resolve: next } = Promise.withResolvers<void>()
    const { promise: done, resolve: end } = Promise.withResolvers<void>()
    const run = coalesce(async () => {
      seen.push(current())
      await first
      if (seen.length === 2) end()
    })
    inRequest(request('a'), run)
    inRequest(request('b'), run)
    next()
    await done
    const add = batched<{ taskId: string }, unknown>(
      () => 'all',
      async (items) => items.map(() => current()),
    )
    const results = ['a', 'b', 'c'].map((id) =>
      inRequest(request(id), async () => [await add({ taskId: id }), current()]),
    )
    expect(await Promise.all(results)).toEqual([
      [undefined, 'a'],
      [undefined, 'b'],
      [undefined, 'c'],
    ])
    expect(seen).toEqual([undefined, undefined])
  })
})
