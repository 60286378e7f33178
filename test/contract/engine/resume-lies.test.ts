import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { crc32 } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { newProgress, noReconnect, quickReconnect, testEngine, transfersOf } from '#support/builders/engine.ts'
import { randomFrom } from '#support/builders/random-verbs.ts'
import { lines } from '#support/client/source.ts'
import { startHostileOrigin } from '#support/origins/hostile-origin.ts'
import { download } from '#transfer/engine/download.ts'
import { type ObjectStore, StorageUnavailable } from '#transfer/storage/object-store.ts'
import { crc32Base64 } from '#transfer/storage/rules/crc.ts'
import { type Lie, type LyingResource, lies, startLyingOrigin, type Version, versionOf } from './lying-origin.ts'

const KiB = 1024
const partSize = 2 * KiB
const sizes = { partBytes: () => partSize, smallBytes: partSize }
const maxBytes = 48 * KiB

/** Of all versions, byte for byte another one at every place. */
const base = Buffer.from(Array.from({ length: maxBytes }, (_, at) => Math.imul(at + 1, 2_654_435_761) >>> 24))
const patterns = [0, 1, 2, 3].map((n) => Buffer.from(base.map((byte) => byte + 61 * n)))
const version = (n: number, bytes: number): Version => ({
  name: `version ${n}`,
  etag: `"v${n}"`,
  lastModified: 'Tue, 24 Nov 2026 12:00:00 GMT',
  bytes: patterns[n]!.subarray(0, bytes),
})
/** The same without a tag: its date tells it from the others. */
const dated = (n: number, bytes: number): Version => ({
  ...version(n, bytes),
  etag: null,
  lastModified: `Tue, 24 Nov 2026 12:00:0${n} GMT`,
  date: 'Tue, 24 Nov 2026 13:00:00 GMT',
})

describe('a resume', () => {
  it('is noted before its progress is shown, so that nobody is told of them in the wrong order', async () => {
    const origin = await startLyingOrigin()
    onTestFinished(() => origin.close())
    const { ports, run } = await testEngine({ sizes, reconnect: noReconnect })
    const script: { lie: Lie; random: number }[] = [{ lie: 'reset', random: 0.55 }]
    const resource: LyingResource = {
      versions: [version(0, 20 * KiB)],
      elsewhere: version(2, 20 * KiB),
      next: () => script.shift() ?? { lie: 'honest', random: 0.5 },
      current: 0,
      served: new Set(),
    }
    const transfers = transfersOf(origin.serve(resource))
    await run(transfers)
    const { journal, ...begun } = transfers.begin()
    const progress = newProgress()
    const shown: number[] = []
    const noteResumed = async () => {
      shown.push(progress.bytesReceived)
    }
    const { signal } = new AbortController()
    await download(ports, { ...begun, journal: { ...journal, noteResumed }, progress, signal })
    expect(shown).toEqual([0])
    expect(progress.bytesReceived).toBe(20 * KiB)
  })

  /** Half of version 0 is kept; then the origin answers once with the lie, and is honest from then on. */
  const resumeAgainst = async (lie: Lie, kind: 'ranges' | 'stream', of = version) => {
    const origin = await startLyingOrigin()
    onTestFinished(() => origin.close())
    const engine = await testEngine({ sizes, reconnect: noReconnect })
    const script: { lie: Lie; random: number }[] = []
    const resource: LyingResource = {
      versions: [of(0, 20 * KiB), of(1, 20 * KiB)],
      elsewhere: of(2, 20 * KiB),
      next: () => script.shift() ?? { lie: 'honest', random: 0.5 },
      current: 0,
      served: new Set(),
    }
    const transfers = transfersOf(origin.serve(resource))
    script.push(kind === 'ranges' ? { lie: 'reset', random: 0.55 } : { lie: 'chunkedReset', random: 0.55 })
    expect((await engine.run(transfers)).error?.failure).toBe('networkConnectionLost')
    expect(transfers.kept().parts.length).toBeGreaterThan(1)
    expect(transfers.kept().transfer?.total).toBe(kind === 'ranges' ? 20 * KiB : null)
    const generation = transfers.kept().transfer?.generation
    script.push({ lie, random: 0.6 })
    const before = origin.bytesSent()
    const first = await engine.run(transfers)
    const outcome = first.stored ? first : await engine.run(transfers)
    const bytes = await engine.bytesOf(outcome.stored!)
    const found = versionOf(resource, bytes)
    expect(found?.name).toBeDefined()
    expect(outcome.stored!.file.checksums.crc32).toBe(crc32Base64(crc32(bytes)))
    return {
      first: first.error?.failure ?? 'stored',
      version: found!.name,
      isContinued: transfers.kept().transfer?.generation === generation,
      requests: origin.requests.length - 1,
      sent: origin.bytesSent() - before,
    }
  }

  const goesOn = { version: 'version 0', isContinued: true }
  const startsOver = { version: 'version 0', isContinued: false }
  it.each<[Lie, Partial<Awaited<ReturnType<typeof resumeAgainst>>>]>([
    ['honest', { ...goesOn, first: 'stored', requests: 1 }],
    // Harmless: it ignores If-Range, but its response names the version.
    ['ignoresIfRange', { ...goesOn, first: 'stored', requests: 1 }],
    ['newVersion', { version: 'version 1', isContinued: false, first: 'stored', requests: 1 }],
    // Asked once more without If-Range.
    ['cdn200', { ...goesOn, first: 'stored', requests: 2 }],
    // Dropped, and asked for all of it.
    ['otherTag206', { ...startsOver, first: 'stored', requests: 2 }],
    ['noTag206', { ...startsOver, first: 'stored', requests: 2 }],
    ['twoTags206', { ...startsOver, first: 'stored', requests: 2 }],
    ['shiftedRange206', { ...startsOver, first: 'stored', requests: 2 }],
    ['otherTotal206', { ...startsOver, first: 'stored', requests: 2 }],
    ['noContentRange206', { ...startsOver, first: 'stored', requests: 2 }],
    ['starTotal206', { ...startsOver, first: 'stored', requests: 2 }],
    ['twoContentRanges206', { ...startsOver, first: 'stored', requests: 2 }],
    ['multipart206', { ...startsOver, first: 'stored', requests: 2 }],
    ['weakTag206', { ...startsOver, first: 'stored', requests: 2 }],
    ['coded206', { ...startsOver, first: 'stored', requests: 2 }],
    ['rangeNotSatisfiable', { ...startsOver, first: 'stored', requests: 2 }],
    // The whole of something else.
    ['coded200', { version: 'version 0, coded', isContinued: false, first: 'stored', requests: 1 }],
    ['weakTag200', { ...startsOver, first: 'stored', requests: 1 }],
    ['dateOnly200', { ...startsOver, first: 'stored', requests: 1 }],
    // Asked for all of it, which is still the version that is kept, and then once more for the range.
    ['elsewhere', { ...goesOn, first: 'stored', requests: 4 }],
    ['resetInHead', { ...goesOn, first: 'stored', requests: 3 }],
    ['twoLengths', { ...goesOn, first: 'stored', requests: 3 }],
    ['notHttp', { ...goesOn, first: 'stored', requests: 3 }],
    // A refusal that will not pass.
    ['forbidden', { ...startsOver, first: 'stored', requests: 2 }],
    ['loginOnRange', { ...startsOver, first: 'stored', requests: 3 }],
    ['pageOnRange', { ...startsOver, first: 'stored', requests: 2 }],
    ['missingOnRange', { ...startsOver, first: 'stored', requests: 2 }],
    ['brokenOnRange', { ...goesOn, first: 'stored', requests: 3 }],
    ['resetOnRange', { ...goesOn, first: 'stored', requests: 3 }],
    ['ifRangeRefused', { ...goesOn, first: 'stored', requests: 2 }],
    // What is kept is worth another attempt.
    ['shorter', { ...goesOn, first: 'networkConnectionLost', requests: 2 }],
    ['chunkedTooShort', { ...goesOn, first: 'networkConnectionLost', requests: 2 }],
    ['reset', { ...goesOn, first: 'networkConnectionLost', requests: 2 }],
    ['refused', { ...goesOn, first: 'badServerResponse', requests: 2 }],
    ['longer', { ...goesOn, first: 'stored', requests: 1 }],
    ['chunked', { ...goesOn, first: 'stored', requests: 1 }],
    ['chunkedTooLong', {}],
    ['untilClose', { ...goesOn, first: 'stored', requests: 1 }],
  ])('that meets %s never joins two versions', async (lie, expected) => {
    expect(await resumeAgainst(lie, 'ranges')).toMatchObject(expected)
    expect(await resumeAgainst(lie, 'stream')).toMatchObject({ ...expected, requests: expect.any(Number) })
  })

  it.each<[Lie, Partial<Awaited<ReturnType<typeof resumeAgainst>>>]>([
    ['honest', { ...goesOn, first: 'stored', requests: 1 }],
    ['ignoresIfRange', { ...goesOn, first: 'stored', requests: 1 }],
    ['newVersion', { version: 'version 1', isContinued: false, first: 'stored', requests: 1 }],
    ['cdn200', { ...goesOn, first: 'stored', requests: 2 }],
    ['otherTag206', { ...startsOver, first: 'stored', requests: 2 }],
    ['shiftedRange206', { ...startsOver, first: 'stored', requests: 2 }],
    ['otherTotal206', { ...startsOver, first: 'stored', requests: 2 }],
    ['noContentRange206', { ...startsOver, first: 'stored', requests: 2 }],
    ['starTotal206', { ...startsOver, first: 'stored', requests: 2 }],
    ['multipart206', { ...startsOver, first: 'stored', requests: 2 }],
    ['coded206', { ...startsOver, first: 'stored', requests: 2 }],
    ['coded200', { version: 'version 0, coded', isContinued: false, first: 'stored', requests: 1 }],
    ['weakTag200', { ...goesOn, first: 'stored', requests: 2 }],
    ['rangeNotSatisfiable', { ...startsOver, first: 'stored', requests: 2 }],
    ['elsewhere', { ...goesOn, first: 'stored', requests: 4 }],
    ['chunked', { ...goesOn, first: 'stored', requests: 1 }],
    ['untilClose', { ...goesOn, first: 'stored', requests: 1 }],
  ])('of a file that only a date identifies, that meets %s, never joins two versions', async (lie, expected) => {
    expect(await resumeAgainst(lie, 'ranges', dated)).toMatchObject(expected)
    expect(await resumeAgainst(lie, 'stream', dated)).toMatchObject({ ...expected, requests: expect.any(Number) })
  })
})

describe('a file that came in a coding which nobody asked for', () => {
  it.each(['with a length', 'in chunks'])(
    '%s, is not resumed with the bytes as they are, though the tag is the same',
    async (how) => {
      const bytes = version(0, 20 * KiB).bytes
      const coded = version(1, 20 * KiB).bytes
      const half = coded.subarray(0, 11 * KiB)
      const origin = await startHostileOrigin(({ index, headers }) => {
        const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
        const about = ['ETag: "v"', 'Accept-Ranges: bytes']
        const framing = how === 'in chunks' ? 'Transfer-Encoding: chunked' : `Content-Length: ${coded.length}`
        if (index === 0)
          return [
            { send: lines('HTTP/1.1 200 OK', ...about, 'Content-Encoding: gzip', framing) },
            { send: how === 'in chunks' ? `${half.length.toString(16)}\r\n` : '' },
            { send: half },
            'reset',
          ]
        const range = from > 0 ? [`Content-Range: bytes ${from}-${bytes.length - 1}/${bytes.length}`] : []
        const status = from > 0 ? '206 Partial Content' : '200 OK'
        return [
          { send: lines(`HTTP/1.1 ${status}`, ...about, ...range, `Content-Length: ${bytes.length - from}`) },
          { send: bytes.subarray(from) },
        ]
      })
      onTestFinished(() => origin.close())
      const engine = await testEngine({ sizes, reconnect: noReconnect })
      const transfers = transfersOf(origin.url())
      expect((await engine.run(transfers)).error?.failure).toBe('networkConnectionLost')
      const { stored } = await engine.run(transfers)
      expect((await engine.bytesOf(stored!)).equals(bytes)).toBe(true)
    },
  )
})

/** 2,000 take half a minute on a busy core, which is enough for every day; BACKHAUL_TEST_RESUMES=10000 two more. */
const resumesWanted = Number(process.env.BACKHAUL_TEST_RESUMES ?? 2_000)
const atOnce = 32
/** A file system in memory, where there is one, so that the test does not wait for a disk. */
const inMemory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

describe(`${resumesWanted} random resumes against lying origins`, () => {
  it('end with one version, whole, whatever the origin said', { timeout: 600_000 }, async () => {
    const seed = Number(process.env.BACKHAUL_TEST_SEED ?? Date.now() % 2 ** 31)
    const origin = await startLyingOrigin()
    onTestFinished(() => origin.close())
    let isStorageBad: () => boolean = () => false
    const options = {
      sizes,
      directory: inMemory,
      around: (objects: ObjectStore) => hiccuping(objects, () => isStorageBad()),
    }
    const engines = [
      await testEngine({ ...options, reconnect: noReconnect }),
      await testEngine({ ...options, reconnect: quickReconnect }),
    ]
    const counts = { resumes: 0, continued: 0, stored: 0, spliced: 0, stuck: 0, requests: 0 }
    const failures = new Map<string, number>()

    const runScenario = async (scenarioSeed: number) => {
      const random = randomFrom(scenarioSeed)
      const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
      const isSameLength = random() < 0.5
      const length = () => 1 + Math.floor(random() * maxBytes)
      const common = length()
      const of = random() < 0.3 ? dated : version
      const engine = pick(engines)
      let isHonest = false
      const told: string[] = []
      const resource: LyingResource = {
        versions: [0, 1, 2].map((n) => of(n, isSameLength ? common : length())),
        elsewhere: of(3, isSameLength ? common : length()),
        next() {
          const lie = isHonest || random() < 0.1 ? 'honest' : random() < 0.6 ? pick(breaks) : pick(lies)
          told.push(lie)
          return { lie, random: random() }
        },
        current: 0,
        served: new Set(),
        // Long enough for further connections (range-relay.ts measures four times a second).
        ...(random() < 0.02 ? { pauseMs: 250 } : {}),
      }
      const transfers = transfersOf(origin.serve(resource))
      const hostileEpochs = 1 + Math.floor(random() * 6)
      for (let epoch = 0; epoch <= hostileEpochs; epoch++) {
        isHonest = epoch === hostileEpochs
        const kept = transfers.kept()
        const generation = kept.transfer?.generation
        if (kept.parts.length > 0) counts.resumes += 1
        const outcome = await engine.run(transfers)
        if (kept.parts.length > 0 && transfers.kept().transfer?.generation === generation) counts.continued += 1
        if (outcome.stored) {
          counts.stored += 1
          const bytes = await engine.bytesOf(outcome.stored)
          const found = versionOf(resource, bytes)
          const { validator } = transfers.kept().transfer!
          const isRight =
            found !== undefined &&
            outcome.stored.file.bytes === bytes.length &&
            outcome.stored.file.checksums.crc32 === crc32Base64(crc32(bytes)) &&
            (validator === null || validator === (found.etag ?? found.lastModified))
          if (!isRight) {
            counts.spliced += 1
            const lengths = resource.versions.map(({ bytes: { length } }) => length)
            console.error(`not one version: seed ${scenarioSeed}, ${bytes.length} bytes of ${lengths}`, told, validator)
          }
          await engine.files.remove(outcome.stored.file.key)
          return
        }
        failures.set(outcome.error.failure, (failures.get(outcome.error.failure) ?? 0) + 1)
        if (isHonest) {
          counts.stuck += 1
          console.error(`stuck: seed ${scenarioSeed}: ${outcome.error.message}`)
        }
        // Some transactions did not come through; so what is kept has gaps.
        if (random() < 0.3) transfers.forget(() => random() < 0.3)
        if (random() < 0.1) resource.current = Math.min(resource.current + 1, resource.versions.length - 1)
      }
    }

    const storageLuck = randomFrom(seed)
    isStorageBad = () => storageLuck() < 0.01
    let scenarios = 0
    const startedAt = performance.now()
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (counts.resumes < resumesWanted) await runScenario(seed + scenarios++)
      }),
    )
    counts.requests = origin.requests.length
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    console.log(`seed ${seed}: ${scenarios} courses in ${seconds} s`, counts, Object.fromEntries(failures))
    expect({ spliced: counts.spliced, stuck: counts.stuck }).toEqual({ spliced: 0, stuck: 0 })
    // Otherwise nothing was tried.
    expect(counts.continued).toBeGreaterThan(resumesWanted / 4)
  })
})

const breaks = ['reset', 'reset', 'shorter', 'chunkedReset'] as const

/** Storage that now and then does not take a part. */
function hiccuping(objects: ObjectStore, isBad: () => boolean): ObjectStore {
  return {
    ...objects,
    openPart(upload, part, signal) {
      const writing = objects.openPart(upload, part, signal)
      if (!isBad()) return writing
      const stored = writing.stored.then(() => {
        throw new StorageUnavailable('a hiccup of the test')
      })
      stored.catch(() => {})
      return { ...writing, stored }
    },
  }
}
