import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { envelope } from '#core/events/rules/event.ts'
import { masked } from '#core/kernel/rules/masking.ts'
import type { Task } from '#core/tasks/rules/task.ts'
import { deadlineDetail, taskError } from '#core/tasks/rules/task-error.ts'
import { taskLimits } from '#core/tasks/rules/task-limits.ts'
import { taskInEvent, taskView, withoutQuery } from '#core/tasks/rules/task-view.ts'
import { aTask } from '#support/builders/task.ts'
import { aTransaction } from '#support/builders/transaction.ts'
import { checkUrl } from '#transfer/egress/rules/url-policy.ts'
import { maxCodingLength, maxNoteLength, maxNotes, responseNoteCodes } from '#transfer/http/rules/response-note.ts'
import { suggestedFilename } from '#transfer/source/rules/filename.ts'

const now = Date.UTC(2026, 10, 22, 12)
const transaction = aTransaction({ url: 'https://example.com/a', status: 302 })
const utf8Bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
const eventOf = (task: Task) =>
  envelope({
    id: 'evt_01jd8zc7v9f1yb5v6m3k2x4w8q',
    type: 'task.completed',
    createdAt: new Date(now),
    sequence: Number.MAX_SAFE_INTEGER,
    tenantSequence: Number.MAX_SAFE_INTEGER,
    position: Number.MAX_SAFE_INTEGER,
    sessionIdentifier: task.sessionIdentifier,
    data: { task: taskInEvent(task, now) },
    wakeId: 'wak_01jd8zc7v9f1yb5v6m3k2x4w8q',
  })

/** The map that costs most: values of the costliest character, as many as the limit on the whole allows. */
function largestMetadata(character: string): Record<string, string> {
  const metadata: Record<string, string> = {}
  for (let key = 0; key < taskLimits.metadataKeys; key++) {
    const name = String(key).padStart(taskLimits.metadataKeyLength, 'k')
    for (let length = taskLimits.metadataValueLength; length > 0; length--) {
      const more = { ...metadata, [name]: character.repeat(length) }
      if (utf8Bytes(more) > taskLimits.metadataBytes) continue
      metadata[name] = more[name]!
      break
    }
  }
  return metadata
}

/** `character` fills what clients write; an origin's header block is up to 16 KiB. */
function largestTask(character: string): Task {
  const url = (filler: string) => {
    const raw = `https://${'a'.repeat(63)}.example.com/${filler.repeat(7900)}.safetensors?${'q'.repeat(300)}`
    return raw.length <= 8192 ? raw : `${raw.slice(0, 8192 - 13)}&token=secret`
  }
  const huge = Number.MAX_SAFE_INTEGER
  return aTask({
    sessionIdentifier: 's'.repeat(128),
    taskIdentifier: 2 ** 31 - 1,
    state: 'failed',
    request: {
      url: url('a'),
      headers: Object.fromEntries(Array.from({ length: 64 }, (_, n) => [`x-${n}`, 'v'.repeat(500)])),
    },
    currentUrl: url("'"),
    earliestBeginDate: new Date(now),
    gatedUntil: new Date(now),
    deadline: new Date(now),
    countOfBytesClientExpectsToSend: huge,
    countOfBytesClientExpectsToReceive: 8e15,
    maximumBytes: huge,
    maximumBytesPerSecond: huge,
    taskDescription: character.repeat(taskLimits.descriptionLength),
    metadata: largestMetadata(character),
    destinationKey: Array.from({ length: 4 }, () => '"'.repeat(224)).join('/'),
    bytesReceived: huge,
    bytesExpected: huge,
    bytesPerSecond: 1e9 / 3,
    attempts: 2 ** 31 - 1,
    response: {
      status: 200,
      // A longer type would spare a warning, which is longer still.
      mimeType: 'application/xhtml+xml',
      suggestedFilename: suggestedFilename(`attachment; filename="${'字'.repeat(5000)}"`, 'https://example.com/'),
      etag: `"${'\xff'.repeat(16_000)}"`,
      lastModified: '\xff'.repeat(16_000),
      lengthVerified: false,
      contentEncoding: 'x'.repeat(maxCodingLength),
      notes: responseNoteCodes.slice(0, maxNotes).map((code) => ({ code, detail: 'x'.repeat(maxNoteLength) })),
    },
    file: {
      state: 'temporary',
      key: Array.from({ length: 4 }, () => '"'.repeat(255)).join('/'),
      bytes: huge,
      checksums: { crc32: 'y/Q5Jg==', sha256: 'a'.repeat(64), md5: 'a'.repeat(32) },
      leaseExpiresAt: new Date(now),
    },
    error: taskError(
      'deadline_exceeded',
      deadlineDetail('the task did not finish within timeoutIntervalForResource', {
        last: {
          name: 'checksum_mismatch',
          detail: `the file's SHA-512 is ${'a'.repeat(128)}, the origin declares ${'b'.repeat(128)} (Content-Digest)`,
        },
        ...{ hasBegun: true, isRunning: false, bytesReceived: huge, hostReason: null },
      }),
      false,
    ),
    resumeData: 'x'.repeat(150),
    transactions: Array.from({ length: 30 }, () => ({ ...transaction, url: 'x'.repeat(2000) })),
    beganAt: new Date(now),
    endedAt: new Date(now),
  })
}

describe('a task in an event', () => {
  it.each(['a', '"', '\u0001', '字', '😀', '\u2028'])(
    'stays under 20 kB with the largest legal inputs, filled with %j',
    (character) => {
      const task = largestTask(character)
      const doubts = ['html_instead_of_file', 'unexpected_size', 'length_not_verified']
      const codes = taskInEvent(task, now).warnings.map(({ code }) => code)
      expect(codes).toEqual([...doubts, ...responseNoteCodes.slice(0, maxNotes)])
      expect(utf8Bytes(task.metadata)).toBeGreaterThan(taskLimits.metadataBytes - 60)
      expect(utf8Bytes(eventOf(task))).toBeLessThan(20_000)
    },
  )

  it('stays under 20 kB whatever the origin says of the resource', () => {
    const task = largestTask('\u0001')
    const length = fc.oneof(fc.integer({ min: 0, max: 16_384 }), fc.constantFrom(64, 240))
    fc.assert(
      fc.property(length, length, fc.constantFrom('a', '\xff', '"', '\t'), (etagLength, dateLength, character) => {
        const response = {
          ...task.response!,
          etag: character.repeat(etagLength),
          lastModified: character.repeat(dateLength),
        }
        expect(utf8Bytes(eventOf({ ...task, response }))).toBeLessThan(20_000)
      }),
    )
  })

  it('keeps a validator whole or not at all', () => {
    const seen = (etag: string) =>
      taskInEvent(aTask({ response: { ...largestTask('a').response!, etag } }), now).response?.etag
    expect(seen(`"${'a'.repeat(238)}"`)).toBe(`"${'a'.repeat(238)}"`)
    expect(seen(`"${'a'.repeat(239)}"`)).toBeNull()
  })

  it('has no query string, no fragment and no request header', () => {
    const task = aTask({
      request: {
        url: 'https://example.com/a?X-Amz-Signature=secret1',
        headers: { Authorization: 'Bearer secret2', 'X-Secret-Name': 'secret3' },
      },
      currentUrl: 'https://cdn.example.com/b?token=secret4#secret5',
      transactions: [{ ...transaction, url: 'https://example.com/a' }],
    })
    const text = JSON.stringify(eventOf(task))
    expect(text).not.toMatch(/secret|\?|Authorization/i)
    const view = taskInEvent(task, now)
    expect(view.originalRequest).toEqual({ url: 'https://example.com/a', headers: {} })
    expect(view.currentRequest).toEqual({ url: 'https://cdn.example.com/b' })
    expect(view.metrics).toEqual({ transactions: [], redirectCount: 1 })
  })

  it('has no query string for any URL that the gate lets through', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9%?=&;:@/._~!$'()*+,[\]{}|^`"<>-]{0,40}$/)
    fc.assert(
      fc.property(part, part, part, (path, query, fragment) => {
        const checked = checkUrl(`https://example.com/${path}?secret${query}#${fragment}`, { allowed: [] })
        fc.pre('url' in checked)
        const view = taskInEvent(aTask({ request: { url: checked.url, headers: {} } }), now)
        for (const { url } of [view.originalRequest, view.currentRequest]) {
          expect(url).not.toContain('secret')
          expect(url).not.toMatch(/[?#]/)
        }
      }),
    )
  })

  it('echoes what the client gave it to know the task by', () => {
    const task = aTask({ taskDescription: 'd', metadata: { orderId: '42' }, priority: 0.25 })
    expect(taskInEvent(task, now)).toMatchObject({
      taskDescription: 'd',
      metadata: { orderId: '42' },
      priority: 0.25,
      taskIdentifier: 7,
    })
  })
})

describe('what the origin said, as the owner of a task sees it', () => {
  const said = { status: 200, mimeType: 'text/html', suggestedFilename: 'a', etag: null, lastModified: null }
  const file = {
    state: 'temporary',
    key: 'k',
    bytes: 9,
    checksums: { crc32: 'y/Q5Jg==' },
    leaseExpiresAt: null,
  } as const

  it.each([
    [said, true, null],
    [{ ...said, lengthVerified: true }, true, null],
    [{ ...said, lengthVerified: false }, false, null],
    [{ ...said, contentEncoding: 'gzip' }, true, 'gzip'],
  ])(
    'always tells whether the length was verified, and the coding: %j',
    (response, lengthVerified, contentEncoding) => {
      const task = aTask({ response })
      expect(taskView(task, now).response).toEqual({ ...said, lengthVerified, contentEncoding })
      expect(taskInEvent(task, now).response).toEqual({ ...said, lengthVerified, contentEncoding })
    },
  )

  it('is null before there was a response, and there is nothing to warn of', () => {
    expect(taskView(aTask(), now)).toMatchObject({ response: null, warnings: [] })
  })

  it('warns, in events too', () => {
    const task = aTask({ response: { ...said, lengthVerified: false }, file, state: 'completed' })
    for (const view of [taskView(task, now), taskInEvent(task, now)])
      expect(view.warnings.map(({ code }) => code)).toEqual(['html_instead_of_file', 'length_not_verified'])
  })
})

describe('a URL without its query', () => {
  it.each([
    ['https://example.com', 'https://example.com/'],
    ['https://example.com:8443/a/b?c#d', 'https://example.com:8443/a/b'],
    ['https://user:password@example.com/a', 'https://example.com/a'],
    ['https://example.com/a%3Fb', 'https://example.com/a%3Fb'],
  ])('of %s is %s', (url, expected) => expect(withoutQuery(url)).toBe(expected))

  it('is cut', () => expect(withoutQuery(`https://example.com/${'a'.repeat(9000)}`)).toHaveLength(512))
})

describe('a task as its owner sees it', () => {
  it('shows header names but never a value', () => {
    const view = taskView(
      aTask({ request: { url: 'https://example.com/?q', headers: { Authorization: 'secret' } } }),
      now,
    )
    expect(view.originalRequest).toEqual({ url: 'https://example.com/?q', headers: { Authorization: masked } })
    expect(JSON.stringify(view)).not.toContain('secret')
  })

  it.each([
    ['dispatched', 'waiting'],
    ['completing', 'running'],
    ['failed', 'failed'],
  ] as const)('shows %s as %s', (state, shown) => expect(taskView(aTask({ state }), now).state).toBe(shown))

  it.each([
    [0, null, null, null],
    [0, 0, 1, null],
    [50, 200, 0.25, 10],
    [200, 200, 1, 0],
    [300, 200, 1, 0],
  ])('with %s of %s bytes is at %s, %s s from its end', (bytesReceived, bytesExpected, fraction, seconds) => {
    const bytesPerSecond = bytesExpected === 0 ? 0 : 15
    const { progress } = taskView(aTask({ bytesReceived, bytesExpected, bytesPerSecond }), now)
    expect(progress.fractionCompleted).toBe(fraction)
    expect(progress.estimatedSecondsRemaining).toBe(seconds)
    expect(progress.countOfBytesReceived).toBe(bytesReceived)
  })

  it('is planned for when it is ready, never for the past, and not at all once it runs', () => {
    const readyAt = new Date(now + 5000)
    expect(taskView(aTask({ readyAt }), now).plannedStart).toBe(readyAt.toISOString())
    expect(taskView(aTask({ readyAt: new Date(now - 5000) }), now).plannedStart).toBe(new Date(now).toISOString())
    const running = taskView(aTask({ state: 'running', readyAt, deadline: readyAt }), now)
    expect([running.plannedStart, running.latestStart, running.deadline]).toEqual([null, null, readyAt.toISOString()])
  })

  it('is planned for the next opening of its hours if it is discretionary, and no later than its latest start', () => {
    const preferredHours = { timeZone: 'UTC', windows: [{ from: '14:00', to: '15:00' }] }
    const planned = (changes: Partial<Task>) =>
      Date.parse(taskView(aTask({ effectiveDiscretionary: true, preferredHours, ...changes }), now).plannedStart!)
    expect(planned({ latestStart: new Date(now + 86_400_000) })).toBe(now + 2 * 3_600_000)
    expect(planned({ latestStart: new Date(now + 1_000) })).toBe(now + 1_000)
    expect(planned({ effectiveDiscretionary: false })).toBe(now)
    // It has been claimed, so its hours were open.
    expect(planned({ state: 'dispatched' })).toBe(now)
    const latestStart = new Date(now + 1_000)
    expect(taskView(aTask({ latestStart }), now).latestStart).toBe(latestStart.toISOString())
    expect(taskView(aTask({ deadline: latestStart }), now).latestStart).toBeNull()
  })
})
