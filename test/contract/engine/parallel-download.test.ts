import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { type Engine, type EngineOptions, openEngine, transfersOf } from '#support/builders/engine.ts'
import { type Scenario, type Step, startHostileOrigin } from '#support/origins/hostile-origin.ts'
import type { RawRequest } from '#support/origins/raw-origin.ts'
import { type ObjectStore, StorageUnavailable, UploadGone } from '#transfer/storage/object-store.ts'

const KiB = 1024
const partSize = 4 * KiB
const sizes = { partBytes: () => partSize, smallBytes: partSize }
const parts = 60
const body = Buffer.alloc(parts * partSize)
for (let at = 0; at < body.length; at += 4) body.writeUInt32LE(at, at)

/** The tests run at once, since most of their time is the origin's. */
const closers: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closers) await close()
})

interface Range {
  first: number
  last: number
  /** Which of the ranges it is, by the order in which they were asked for. */
  index: number
}
/** How fast a connection is: so slow that others are worth it (a part in so many milliseconds). */
const partMs = 50

const head = ({ first, last }: Range, isRange: boolean, fields: string[] = ['ETag: "v1"']) =>
  [
    `HTTP/1.1 ${isRange ? '206 Partial Content' : '200 OK'}`,
    'Accept-Ranges: bytes',
    `Content-Length: ${last - first + 1}`,
    ...(isRange ? [`Content-Range: bytes ${first}-${last}/${body.length}`] : []),
    ...fields,
    '\r\n',
  ].join('\r\n')
const slowly = ({ first, last }: Range, pauseMs = partMs): Step[] =>
  Array.from({ length: Math.ceil((last - first + 1) / partSize) }, (_, n) => [
    { waitMs: pauseMs },
    { send: body.subarray(first + n * partSize, Math.min(first + (n + 1) * partSize, last + 1)) },
  ]).flat()
const granted = (range: Range, isRange: boolean): Scenario => [{ send: head(range, isRange) }, ...slowly(range)]

/** Every request that asks for a range is a further connection. */
const serving = async (
  further: (range: Range, request: RawRequest) => Scenario,
  first?: (range: Range) => Scenario,
) => {
  let asked = 0
  const origin = await startHostileOrigin((request) => {
    const match = /^bytes=(\d+)-(\d+)?$/.exec(request.headers.range ?? '')
    const whole = { first: 0, last: body.length - 1, index: 0 }
    if (!match) return first?.(whole) ?? granted(whole, false)
    asked += 1
    return further({ first: Number(match[1]), last: Number(match[2] ?? body.length - 1), index: asked }, request)
  })
  closers.push(origin.close)
  return { origin, url: origin.url(), furtherAsked: () => asked }
}
const engineWith = async (options: EngineOptions = {}) => {
  const engine = await openEngine({ sizes, ...options })
  closers.unshift(engine.close)
  return engine
}
const fetchAll = async (engine: Engine, url: string, connections?: (wanted: number) => number) => {
  const transfers = transfersOf(url, {}, connections)
  const { stored, error } = await engine.run(transfers)
  expect(error).toBeNull()
  expect((await engine.bytesOf(stored!)).equals(body)).toBe(true)
  return transfers
}

describe.concurrent('a file in ranges', () => {
  it('is fetched over several connections at once when one is slow', async () => {
    let most = 0
    let largest = 0
    const { origin, url, furtherAsked } = await serving((range) => {
      most = Math.max(most, origin.openConnections())
      largest = Math.max(largest, range.last - range.first + 1)
      return granted(range, true)
    })
    await fetchAll(await engineWith(), url)
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(6)
    expect(furtherAsked()).toBeGreaterThan(0)
    // Another takes over half of what there is to do, and it is worth that only while there is much to do.
    expect(largest).toBeGreaterThan(body.length / 8)
  })

  it('is fetched over no more connections than are allowed', async () => {
    for (const allowed of [1, 2]) {
      let most = 0
      const { origin, url } = await serving((range) => {
        most = Math.max(most, origin.openConnections())
        return granted(range, true)
      })
      await fetchAll(await engineWith(), url, (wanted) => Math.min(wanted, allowed))
      expect(most).toBeLessThanOrEqual(allowed)
      expect(origin.connections() === 1).toBe(allowed === 1)
    }
  })

  it('gives connections back when others want the host', async () => {
    let isWanted = false
    const { origin, url, furtherAsked } = await serving((range) => granted(range, true))
    const work = fetchAll(await engineWith(), url, (wanted) => (isWanted ? 1 : wanted))
    await eventually('several connections', () => origin.openConnections() > 1)
    isWanted = true
    await eventually('one is left', () => origin.openConnections() === 1 && furtherAsked() > 0, { everyMs: 10 })
    await work
  })

  it('has no run cut short while another connection is being opened', async () => {
    // The journal is asked every second whether two connections may be kept, and for a third one if there was to be one.
    const wantedWhileOpening: number[] = []
    let isOpening = false
    const hasWaited = () => wantedWhileOpening.length >= 2
    const { url, furtherAsked } = await serving(
      (range) => {
        if (range.index > 1) return granted(range, true)
        isOpening = true
        const opened = () => {
          isOpening = false
        }
        return [{ until: hasWaited }, { call: opened }, ...granted(range, true)]
      },
      // Meanwhile the first one becomes so much quicker that a third one would be worth it.
      (whole) => [
        { send: head(whole, false) },
        ...slowly({ ...whole, last: 2 * partSize - 1 }, 4 * partMs),
        { until: () => furtherAsked() > 0 },
        ...slowly({ ...whole, first: 2 * partSize, last: 22 * partSize - 1 }),
        { until: hasWaited },
        ...slowly({ ...whole, first: 22 * partSize }),
      ],
    )
    await fetchAll(await engineWith(), url, (wanted) => {
      if (isOpening) wantedWhileOpening.push(wanted)
      return wanted
    })
    expect(wantedWhileOpening).toEqual(wantedWhileOpening.map(() => 2))
  })

  it('is fetched to its end over the others when one connection is lost', async () => {
    const { url, furtherAsked } = await serving((range) => {
      const all = granted(range, true)
      return range.index === 1 ? [...all.slice(0, 6), 'reset'] : all
    })
    const transfers = await fetchAll(await engineWith(), url)
    // What it was to fetch was asked for again.
    expect(furtherAsked()).toBeGreaterThan(1)
    expect(transfers.kept().parts).toHaveLength(parts)
  })

  it('is fetched to its end by the others when the first connection is lost', async () => {
    const { url } = await serving(
      (range) => granted(range, true),
      (whole) => [{ send: head(whole, false) }, ...slowly(whole).slice(0, 50), 'reset'],
    )
    await fetchAll(await engineWith(), url)
  })

  it.each<[string, (range: Range) => Scenario]>([
    ['429', () => [{ send: 'HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\nRetry-After: 60\r\n\r\n' }]],
    ['503', () => [{ send: 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n' }]],
    ['the whole again', () => granted({ first: 0, last: body.length - 1, index: 0 }, false)],
    [
      'another version',
      (range) => [{ send: head(range, true, ['ETag: "v2"']) }, { send: Buffer.alloc(range.last - range.first + 1) }],
    ],
    ['nothing', () => ['reset']],
  ])('goes on with one connection when the origin answers a second one with %s', async (how, further) => {
    const { origin, url, furtherAsked } = await serving(further)
    const transfers = await fetchAll(await engineWith(), url)
    // Asked once, or once more without If-Range, and never again.
    expect(furtherAsked()).toBeGreaterThan(0)
    expect(furtherAsked()).toBeLessThanOrEqual(2)
    expect(origin.connections()).toBeLessThanOrEqual(3)
    // What has to do with the range and not with the connection is nothing to remember of the host.
    const isRemembered = ['429', '503', 'nothing'].includes(how)
    expect(transfers.secondsRefused).toEqual(isRemembered ? [new URL(url).host] : [])
  })

  it.each([
    ['first', (older: RawRequest) => older],
    ['second', (_: RawRequest, newer: RawRequest) => newer],
  ])('keeps one connection when the origin grants a second one, and resets the %s', async (_, which) => {
    let newest: RawRequest | null = null
    const origin = await startHostileOrigin((request) => {
      const match = /^bytes=(\d+)-(\d+)?$/.exec(request.headers.range ?? '')
      const range = { first: Number(match?.[1] ?? 0), last: Number(match?.[2] ?? body.length - 1), index: 0 }
      const older = newest
      newest = request
      if (older === null || older.socket.destroyed || older.socket === request.socket)
        return granted(range, match !== null)
      setTimeout(() => which(older, request).reset(), 2 * partMs)
      return granted(range, match !== null)
    })
    closers.push(origin.close)
    const transfers = await fetchAll(await engineWith(), origin.url())
    expect(transfers.secondsRefused).toEqual([new URL(origin.url()).host])
    // The second, and another one when the one that was left is through.
    expect(origin.requests.length).toBeLessThanOrEqual(4)
  })

  it('says nothing of a second connection when it is called off just then', async () => {
    const enough = new AbortController()
    const { url } = await serving((range) => {
      // When both have begun.
      const sent = granted(range, true)
      return [...sent.slice(0, 2), { call: () => enough.abort(new Error('called off')) }, ...sent.slice(2)]
    })
    const transfers = transfersOf(url)
    await expect((await engineWith()).run(transfers, { signal: enough.signal })).rejects.toThrow('called off')
    expect(transfers.secondsRefused).toEqual([])
  })

  it('says nothing of a second connection when it is the third that is refused', async () => {
    const { url, furtherAsked } = await serving((range) => (range.index === 1 ? granted(range, true) : ['reset']))
    const transfers = await fetchAll(await engineWith(), url)
    expect(furtherAsked()).toBeGreaterThan(0)
    expect(transfers.secondsRefused).toEqual([])
  })

  it('ends with what was lost when the last connection is lost, and keeps what it has', async () => {
    const { url } = await serving(
      () => ['reset'],
      (whole) => [{ send: head(whole, false) }, ...slowly(whole).slice(0, 50), 'reset'],
    )
    const transfers = transfersOf(url)
    const { error } = await (await engineWith()).run(transfers)
    expect(error?.failure).toBe('networkConnectionLost')
    expect(transfers.kept().parts.length).toBeGreaterThan(20)
  })

  it('is fetched without an end that nobody asked for', async () => {
    const { origin, url } = await serving((range) => [
      { send: head(range, true).replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked') },
      ...slowly(range).map((step): Step => {
        if (!('send' in (step as object))) return step
        const { send } = step as { send: Buffer }
        return { send: Buffer.concat([Buffer.from(`${send.length.toString(16)}\r\n`), send, Buffer.from('\r\n')]) }
      }),
      { endless: `1000\r\n${'x'.repeat(0x1000)}\r\n` },
    ])
    await fetchAll(await engineWith(), url)
    // The end of a range is the end of its connection; what is on its way then, at most the kernel's buffers, is thrown away.
    await eventually('no connection is left', () => origin.openConnections() === 0)
    expect(origin.bytesSent()).toBeLessThan(origin.connections() * 16 * 1024 * KiB)
  })

  const failing = (isBad: (number: number) => boolean, error: () => Error) => (objects: ObjectStore) => ({
    ...objects,
    openPart(...[upload, part, signal]: Parameters<ObjectStore['openPart']>) {
      const writing = objects.openPart(upload, part, signal)
      if (!isBad(part.number)) return writing
      const stored = writing.stored.then(() => {
        throw error()
      })
      stored.catch(() => {})
      return { ...writing, stored }
    },
  })

  it('has a part fetched again that storage did not take', async () => {
    const tries = new Map<number, number>()
    const isBad = (number: number) => {
      tries.set(number, (tries.get(number) ?? 0) + 1)
      return number % 20 === 3 && tries.get(number) === 1
    }
    const { url } = await serving((range) => granted(range, true))
    const around = failing(isBad, () => new StorageUnavailable('a hiccup of the test'))
    await fetchAll(await engineWith({ around }), url)
    expect([3, 23, 43].map((number) => tries.get(number))).toEqual([2, 2, 2])
  })

  it.each([
    ['takes nothing at all', () => new StorageUnavailable('gone')],
    ['has forgotten the upload', () => new UploadGone('gone')],
  ])('is given up when storage %s, which is no failure of the origin', async (_, error) => {
    const { origin, url } = await serving((range) => granted(range, true))
    const engine = await engineWith({ around: failing(() => true, error) })
    await expect(engine.run(transfersOf(url))).rejects.toThrow('gone')
    await eventually('no connection stays', () => origin.openConnections() === 0)
    await eventually('all buffers are back', () => engine.buffersOut() === 0)
  })

  /** Of which parts storage got copies, not what a socket reads into: they were kept in memory. */
  const watchingHeld = (objects: ObjectStore) => {
    const [opened, held] = [new Set<number>(), new Set<number>()]
    const around: ObjectStore = {
      ...objects,
      openPart(upload, part, signal) {
        const writing = objects.openPart(upload, part, signal)
        opened.add(part.number)
        return {
          ...writing,
          write(bytes, release) {
            if (bytes.buffer.byteLength <= part.bytes) held.add(part.number)
            writing.write(bytes, release)
          },
        }
      },
    }
    return { around, opened, held }
  }
  /** Several pieces for every part. */
  const inPieces = (from: number): Step[] =>
    Array.from({ length: Math.ceil((body.length - from) / 1000) }, (_, n) => [
      { send: body.subarray(from + n * 1000, from + (n + 1) * 1000) },
      { waitMs: 2 },
    ]).flat()

  it('is kept in memory part by part when the origin is slower than storage waits', async () => {
    const { url } = await serving(
      (range) => granted(range, true),
      // For a second it is so slow that a part would take it more than ten.
      (whole) => [
        { send: head(whole, false) },
        ...Array.from({ length: 10 }, (_, n): Step[] => [{ send: body.subarray(n, n + 1) }, { waitMs: 100 }]).flat(),
        { send: body.subarray(10) },
      ],
    )
    let held = new Set<number>()
    const around = (objects: ObjectStore) => {
      const watching = watchingHeld(objects)
      held = watching.held
      return watching.around
    }
    await fetchAll(await engineWith({ around }), url, () => 1)
    // The first one was opened before it was known.
    expect([held.has(1), held.has(2)]).toEqual([false, true])
  })

  it('is kept in memory part by part once storage has failed', async () => {
    const { url } = await serving(
      (range) => granted(range, true),
      (whole) => [{ send: head(whole, false) }, ...inPieces(0)],
    )
    let tries = 0
    let held = new Set<number>()
    let openedBefore = 0
    const around = (objects: ObjectStore) => {
      const watching = watchingHeld(objects)
      held = watching.held
      return failing(
        (number) => number === 5 && ++tries === 1,
        () => {
          openedBefore = Math.max(...watching.opened)
          return new StorageUnavailable('a hiccup of the test')
        },
      )(watching.around)
    }
    await fetchAll(await engineWith({ around }), url, () => 1)
    expect([1, 2, 3, 4].some((number) => held.has(number))).toBe(false)
    expect(openedBefore).toBeLessThan(parts - 1)
    // One more may have been opened before the failure was noticed.
    const opened = Array.from({ length: parts - openedBefore - 1 }, (_, n) => openedBefore + 2 + n)
    expect(opened.filter((number) => !held.has(number))).toEqual([])
  })

  it('begins nothing more when it has been given up while a connection was being opened', async () => {
    const { origin, url, furtherAsked } = await serving((range) => [{ waitMs: 500 }, ...granted(range, true)])
    const around = failing(
      () => furtherAsked() > 0,
      () => new UploadGone('gone'),
    )
    const engine = await engineWith({ around })
    await expect(engine.run(transfersOf(url))).rejects.toThrow('gone')
    expect(furtherAsked()).toBe(1)
    await eventually('no connection stays', () => origin.openConnections() === 0, { withinMs: 1_500 })
    await eventually('all buffers are back', () => engine.buffersOut() === 0)
  })

  it('stops at once when it is interrupted, and closes every connection', async () => {
    const { origin, url } = await serving((range) => granted(range, true))
    const engine = await engineWith()
    const interrupt = new AbortController()
    const transfers = transfersOf(url)
    const work = engine.run(transfers, { signal: interrupt.signal })
    const stopped = expect(work).rejects.toThrow('enough')
    const isUnderWay = () => origin.openConnections() > 1 && transfers.kept().parts.length > 0
    await eventually('several connections, and a part that is stored', isUnderWay)
    interrupt.abort(new Error('enough'))
    await stopped
    await eventually('no connection stays', () => origin.openConnections() === 0)
    await eventually('all buffers are back', () => engine.buffersOut() === 0)
    // What was on its way to storage may still have come through.
    await sleep(0)
    expect(transfers.kept().parts.length).toBeGreaterThan(0)
  })
})
