import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { bareServer } from '#support/client/dial.ts'
import { createBufferPool } from '#transfer/http/buffer-pool.ts'
import { openConnection } from '#transfer/http/connection.ts'
import { createConnectionPool, type PoolLimits } from '#transfer/http/connection-pool.ts'

const poolWith = (limits: Partial<PoolLimits> = {}) => {
  const pool = createConnectionPool({ idleMs: 60_000, maxIdle: 10, ...limits })
  onTestFinished(() => pool.close())
  return pool
}
const connecting = async (serve: Parameters<typeof bareServer>[0] = () => {}) => {
  const port = await bareServer((socket) => {
    socket.on('error', () => {})
    serve(socket)
  })
  return async () => {
    const connection = openConnection({ host: '127.0.0.1', port }, createBufferPool())
    onTestFinished(() => connection.destroy())
    await eventually('it is connected', () => !connection.socket.connecting, { everyMs: 2 })
    return { connection }
  }
}

describe('the pool of idle connections', () => {
  it('gives each to one who wants the same, the newest first', async () => {
    const open = await connecting()
    const pool = poolWith()
    const [first, second, other] = [await open(), await open(), await open()]
    pool.keep('a', first)
    pool.keep('a', second)
    pool.keep('b', other)
    expect([pool.take('c'), pool.take('a'), pool.take('a'), pool.take('a'), pool.take('b')]).toEqual([
      null,
      second,
      first,
      null,
      other,
    ])
  })

  it('closes what is more than it may keep, what nobody takes in time, and everything with itself', async () => {
    const open = await connecting()
    const [kept, surplus] = [await open(), await open()]
    const small = poolWith({ maxIdle: 1 })
    small.keep('a', kept)
    small.keep('b', surplus)
    expect([kept.connection.socket.destroyed, surplus.connection.socket.destroyed]).toEqual([false, true])
    small.close()
    expect(kept.connection.socket.destroyed).toBe(true)
    const late = await open()
    small.keep('a', late)
    expect(late.connection.socket.destroyed).toBe(true)

    const withShortTimeout = poolWith({ idleMs: 50 })
    const idle = await open()
    withShortTimeout.keep('a', idle)
    await eventually('it is closed', () => idle.connection.socket.destroyed, { everyMs: 5 })
    expect(withShortTimeout.take('a')).toBeNull()
  })

  it('gives out none that is closed, is just being closed, or was sent something', async () => {
    let accepted = 0
    let end = () => {}
    let send = () => {}
    const open = await connecting((socket) => {
      accepted += 1
      end = () => socket.end()
      send = () => socket.write('HTTP/1.1 200 OK')
    })
    const pool = poolWith()
    for (const [before, act] of (['end', 'send', 'destroy'] as const).entries()) {
      const kept = await open()
      await eventually('the other side has it too', () => accepted > before)
      pool.keep('a', kept)
      if (act === 'destroy') kept.connection.destroy()
      else {
        // The last one that was opened.
        if (act === 'end') end()
        else send()
        await eventually('it is noticed', () => kept.connection.socket.destroyed)
      }
      expect(pool.take('a')).toBeNull()
    }
  })

  it('lets what was taken live on', async () => {
    const open = await connecting()
    const pool = poolWith({ idleMs: 30 })
    const kept = await open()
    pool.keep('a', kept)
    expect(pool.take('a')).toBe(kept)
    pool.close()
    const startedAt = performance.now()
    await eventually('its time has passed', () => performance.now() - startedAt > 60)
    expect(kept.connection.socket.destroyed).toBe(false)
  })
})
