import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { receiptClaims } from '#core/files/rules/receipt.ts'
import type { Task, TaskState } from '#core/tasks/rules/task.ts'
import { aTask } from '#support/builders/task.ts'
import { checkUrl } from '#transfer/egress/rules/url-policy.ts'

const completed = (changes: Partial<Task> = {}) =>
  aTask({
    state: 'completed',
    request: { url: 'https://example.com/data.tar.gz?token=secret', headers: { authorization: 'secret' } },
    currentUrl: 'https://cdn.example.net:8443/a%20b/data.tar.gz?signature=secret',
    response: {
      status: 200,
      mimeType: 'application/gzip',
      suggestedFilename: 'data.tar.gz',
      etag: 'W/"é1"',
      lastModified: 'Sun, 22 Nov 2026 11:00:00 GMT',
    },
    file: {
      state: 'temporary',
      key: 'ten_1/tasks/tsk_1',
      bytes: 512_000,
      checksums: { crc32: 'iTD2HQ==', sha256: 'ab'.repeat(32) },
      leaseExpiresAt: new Date('2026-11-23T12:00:00.000Z'),
    },
    beganAt: new Date('2026-11-22T12:00:01.250Z'),
    endedAt: new Date('2026-11-22T12:00:09.999Z'),
    ...changes,
  })

describe('a receipt', () => {
  it('says what was stored, from where and when, and nothing else', () => {
    expect(receiptClaims(completed(), 'https://backhaul.example.com')).toEqual({
      iss: 'https://backhaul.example.com',
      sub: 'tsk_01jd8zc7v9f1yb5v6m3k2x4w8q',
      iat: Date.UTC(2026, 10, 22, 12, 0, 9) / 1000,
      tenantId: 'ten_01jd8zc7v9f1yb5v6m3k2x4w8q',
      sessionIdentifier: 'nightly-mirror',
      url: 'https://example.com/data.tar.gz',
      finalUrl: 'https://cdn.example.net:8443/a%20b/data.tar.gz',
      response: { status: 200, etag: 'W/"é1"', lastModified: 'Sun, 22 Nov 2026 11:00:00 GMT' },
      file: { bytes: 512_000, checksums: { crc32: 'iTD2HQ==', sha256: 'ab'.repeat(32) } },
      createdAt: '2026-11-22T12:00:00.000Z',
      beganAt: '2026-11-22T12:00:01.250Z',
      endedAt: '2026-11-22T12:00:09.999Z',
    })
  })

  it('has no issuer when the address of the service is not known', () => {
    expect(receiptClaims(completed(), null)).not.toHaveProperty('iss')
  })

  it('names the URL that the client gave, and the one that a new request led to', () => {
    const replaced = {
      originalRequest: { url: 'https://example.com/first?a', headers: {} },
      request: { url: 'https://example.com/second?b', headers: {} },
    }
    const first = { url: 'https://example.com/first', finalUrl: 'https://example.com/second' }
    expect(receiptClaims(completed({ ...replaced, currentUrl: null }), null)).toMatchObject(first)
  })

  it.each<TaskState>(['suspended', 'waiting', 'dispatched', 'running', 'completing', 'failed', 'canceled'])(
    'is not there for a task that is %s',
    (state) => expect(receiptClaims(completed({ state }), null)).toBeNull(),
  )

  it.each(['permanent', 'released', 'expired'] as const)('is the same when the file is %s', (state) => {
    const { file } = completed()
    const later = completed({ file: { ...file!, state, key: 'ten_1/files/moved', leaseExpiresAt: null } })
    expect(receiptClaims(later, null)).toEqual(receiptClaims(completed(), null))
  })

  it('has the whole URL but for its query, however long it is', () => {
    const name = fc.stringMatching(/^[a-z0-9.~_-]{1,30}$/)
    const text = fc.tuple(fc.array(name), fc.integer({ min: 0, max: 4_000 })).map(([names, more]) => {
      return [...names, 'x'.repeat(more)].join('/')
    })
    fc.assert(
      fc.property(text, fc.webQueryParameters(), fc.constantFrom('', ':8080'), (path, query, port) => {
        const plain = new URL(`http://example.com${port}/${path}`).href
        const checked = checkUrl(`${plain}?${query}#${query}`, { allowed: [] })
        fc.pre('url' in checked)
        const { url, finalUrl } = receiptClaims(
          completed({ request: { url: checked.url, headers: {} }, currentUrl: checked.url }),
          null,
        )!
        expect([url, finalUrl]).toEqual([plain, plain])
      }),
    )
  })
})
