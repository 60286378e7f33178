import { describe, expect, it } from 'vitest'
import { batched } from '#core/database/batch.ts'
import { DatabaseUnavailable } from '#core/kernel/database-unavailable.ts'

interface Item {
  taskId: string
  group?: string
}

/** Work that goes on when it is let; what it was given, batch by batch. */
function setUp(work: (ids: readonly string[]) => void = () => {}) {
  const batches: string[][] = []
  const gates: (() => void)[] = []
  const call = batched(
    ({ group = '' }: Item) => group,
    async (items) => {
      batches.push(items.map(({ taskId }) => taskId))
      await new Promise<void>((resolve) => gates.push(resolve))
      work(items.map(({ taskId }) => taskId))
      return items.map(({ taskId }) => `did ${taskId}`)
    },
  )
  /** Lets all go on that is begun, until `settled`. */
  const until = async <T>(settled: Promise<T>): Promise<T> => {
    const timer = setInterval(() => {
      for (const open of gates.splice(0)) open()
    }, 1)
    return settled.finally(() => clearInterval(timer))
  }
  return { call, batches, until }
}

describe('what is gathered', () => {
  it('is done at once when it comes alone, and together when it comes meanwhile, each with its own answer', async () => {
    const { call, batches, until } = setUp()
    const results = ['a', 'b', 'c'].map((taskId) => call({ taskId }))
    expect(batches).toEqual([['a']])
    expect(await until(Promise.all(results))).toEqual(['did a', 'did b', 'did c'])
    expect(batches).toEqual([['a'], ['b', 'c']])
  })

  it('has each task once: a second call for one waits for the next turn', async () => {
    const { call, batches, until } = setUp()
    await until(Promise.all(['a', 'b', 'c', 'b', 'd'].map((taskId) => call({ taskId }))))
    expect(batches).toEqual([['a'], ['b', 'c'], ['b', 'd']])
  })

  it('is bounded', async () => {
    const { call, batches, until } = setUp()
    await until(Promise.all(Array.from({ length: 200 }, (_, n) => call({ taskId: String(n) }))))
    expect(batches.map(({ length }) => length)).toEqual([1, 64, 64, 64, 7])
  })

  it('does not wait for another group', () => {
    const { call, batches } = setUp()
    void call({ taskId: 'a', group: 'one' })
    void call({ taskId: 'b', group: 'two' })
    expect(batches).toEqual([['a'], ['b']])
  })

  it('fails alone when it fails: the others are done', async () => {
    const { call, batches, until } = setUp((ids) => {
      if (ids.includes('bad')) throw new Error('bad')
    })
    const results = await until(Promise.allSettled(['a', 'b', 'bad', 'c'].map((taskId) => call({ taskId }))))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect(batches).toEqual([['a'], ['b', 'bad', 'c'], ['b'], ['bad'], ['c']])
  })

  it('fails together, and once, while the database is away', async () => {
    const { call, batches, until } = setUp(() => {
      throw new DatabaseUnavailable(null)
    })
    const results = await until(Promise.allSettled(['a', 'b', 'c'].map((taskId) => call({ taskId }))))
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(batches).toEqual([['a'], ['b', 'c']])
  })
})
