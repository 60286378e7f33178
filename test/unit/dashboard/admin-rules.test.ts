import { describe, expect, it } from 'vitest'
import { fromLocalMinute, localMinute, readAuditFilters } from '#dashboard/rules/audit-filters.ts'
import { csv } from '#dashboard/rules/csv.ts'
import { shareRows } from '#dashboard/rules/fair-shares.ts'
import { expiryOf, keyState, keysInOrder } from '#dashboard/rules/key-state.ts'
import { roundTop, stacks } from '#dashboard/rules/plot.ts'
import { missingScope } from '#dashboard/rules/scopes.ts'
import { limitTexts, parseLimit, readLimits, usedFraction } from '#dashboard/rules/tenant-limits.ts'
import { pointTime, readUsageView, usageRows } from '#dashboard/rules/usage-view.ts'

const nowMs = Date.parse('2026-11-30T12:00:00.000Z')
const key = (id: string, more: object = {}) => ({
  id,
  name: 'a key',
  scopes: ['read' as const],
  hint: 'abcd',
  createdAt: '2026-11-01T00:00:00.000Z',
  createdBy: 'operator',
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
  allowedCidrs: null,
  replacedBy: null,
  ...more,
})

describe('CSV', () => {
  it('makes cells harmless that a spreadsheet would run, and leaves numbers alone', () => {
    expect(csv([['=1+1', '+1', '-1', '@x', '\t=1', 'plain', -1]])).toBe("'=1+1,'+1,'-1,'@x,'\t=1,plain,-1\r\n")
  })

  it('quotes what would not be read as one cell', () => {
    expect(csv([['a,b', 'say "x"', 'two\r\nlines'], ['=a,b']])).toBe('"a,b","say ""x""","two\r\nlines"\r\n"\'=a,b"\r\n')
  })

  it('has a row of usage for each point, behind the names of the columns', () => {
    const counts = { tasksCreated: 1, tasksCompleted: 2, tasksFailed: 3, tasksCanceled: 4, bytesReceived: 5 }
    const point = {
      ...counts,
      bytesSent: 6,
      wakes: 7,
      deliveryAttempts: 8,
      requests: 9,
      bytesStoredAverage: 10,
      deliveryAttemptsFailed: 11,
    }
    expect(csv(usageRows([{ at: '2026-11-30T00:00:00.000Z', ...point }]))).toBe(
      'at,tasksCreated,tasksCompleted,tasksFailed,tasksCanceled,bytesReceived,bytesSent,wakes,deliveryAttempts,requests,bytesStoredAverage,deliveryAttemptsFailed\r\n' +
        '2026-11-30T00:00:00.000Z,1,2,3,4,5,6,7,8,9,10,11\r\n',
    )
  })
})

describe('the range of the usage', () => {
  it.each([
    ['', { range: '30d', step: 'day' }],
    ['range=24h', { range: '24h', step: 'hour' }],
    ['range=7d&step=day', { range: '7d', step: 'day' }],
    ['range=30d&step=hour', { range: '30d', step: 'hour' }],
    ['range=365d&step=hour', { range: '365d', step: 'day' }],
    ['range=constructor&step=week', { range: '30d', step: 'day' }],
  ])('%j is %j', (search, view) => expect(readUsageView(new URLSearchParams(search))).toEqual(view))

  it('says points in UTC, as they are counted', () => {
    expect(pointTime('2026-11-30T23:00:00.000Z', 'hour')).toBe('30 Nov 23:00')
    expect(pointTime('2026-11-30T00:00:00.000Z', 'day')).toBe('30 Nov')
  })
})

describe('a key', () => {
  it('lives until it is revoked or expires, also beside its successor', () => {
    const at = (expiresAt: string) => ({ expiresAt, replacedBy: 'key_2' })
    expect(keyState(key('1'), nowMs)).toBe('living')
    expect(keyState(key('1', at('2026-11-30T12:00:01.000Z')), nowMs)).toBe('rotated')
    expect(keyState(key('1', at('2026-11-30T12:00:00.000Z')), nowMs)).toBe('expired')
    expect(keyState(key('1', { revokedAt: '2026-11-30T11:00:00.000Z' }), nowMs)).toBe('revoked')
  })

  it('stands before those that have ended, the newest first', () => {
    const ended = key('ended', { revokedAt: '2026-11-30T11:00:00.000Z', createdAt: '2026-11-29T00:00:00.000Z' })
    const keys = [key('old'), ended, key('new', { createdAt: '2026-11-02T00:00:00.000Z' })]
    expect(keysInOrder(keys, nowMs).map(({ id }) => id)).toEqual(['new', 'old', 'ended'])
  })

  it('expires so many days from now, by the service’s clock, or never', () => {
    expect(expiryOf(1, nowMs)).toEqual({ expiresAt: '2026-12-01T12:00:00.000Z' })
    expect(expiryOf(0, nowMs)).toEqual({})
  })
})

describe('the limits of a tenant', () => {
  it.each([
    ['maximumStoredBytes', '1.5 GiB', 1_610_612_736],
    ['maximumStoredBytes', '10gib', 10 * 1024 ** 3],
    ['maximumBytesPerDay', '1,000', 1000],
    ['maximumSessions', 'None', null],
    ['maximumSessions', ' ', undefined],
    ['maximumSessions', '0', 0],
    ['maximumSessions', '1 GiB', Number.NaN],
    ['maximumSessions', '-1', Number.NaN],
    ['maximumSessions', '.', Number.NaN],
    ['maximumStoredBytes', '9999999 PiB', Number.NaN],
    ['maximumStoredBytes', '1 lot', Number.NaN],
  ] as const)('%s %j is %j', (name, text, value) => expect(parseLimit(name, text)).toEqual(value))

  it('are read from the form with a problem at each field that is none', () => {
    const texts = { ...limitTexts({ maximumSessions: 3, maximumStreams: null }), maximumEndpoints: 'many' }
    expect(readLimits(texts)).toEqual({
      change: {
        limits: { maximumSessions: 3, maximumStreams: null },
        resetLimits: expect.arrayContaining(['maximumApiKeys']),
      },
      problems: { '/limits/maximumEndpoints': 'Give a whole number, or none.' },
    })
  })

  it('are sent in one change, one that is taken away too, and none that was not changed', () => {
    expect(readLimits({ maximumSessions: '', maximumEndpoints: '1' }).change).toEqual({
      limits: { maximumEndpoints: 1 },
      resetLimits: ['maximumSessions'],
    })
    expect(readLimits({}).change).toEqual({})
  })

  it('show how much is used', () => {
    expect(usedFraction({ maximum: 10, used: 5 })).toBe(0.5)
    expect(usedFraction({ maximum: 10, used: 50 })).toBe(1)
    expect(usedFraction({ maximum: 0, used: 0 })).toBe(1)
    expect(usedFraction({ maximum: null, used: 5 })).toBe(null)
  })
})

describe('the shares of tenants', () => {
  const tenant = (tenantId: string, weight: number, running: number, isCompeting = true) => ({
    tenantId,
    name: tenantId,
    weight,
    running,
    isCompeting,
    waiting: 0,
    data: [],
  })
  const others = { tenants: 0, competing: 0, competingWeight: 0, running: 0, waiting: 0, data: [] }
  const fairness = { stepSeconds: 60, from: '', until: '', sampledAt: null }

  it('compare the places with the weights of those who compete', () => {
    const tenants = [tenant('a', 3, 6), tenant('b', 1, 2), tenant('c', 5, 0, false)]
    const rows = shareRows({
      ...fairness,
      tenants,
      others: { ...others, tenants: 4, competing: 2, competingWeight: 4 },
    })
    expect(rows.map(({ share, due }) => [share, due])).toEqual([
      [0.75, 0.375],
      [0.25, 0.125],
      [0, null],
      [0, 0.5],
    ])
    expect(rows.at(-1)).toMatchObject({ tenantId: null, name: '4 others' })
  })

  it('are none while nothing runs', () => {
    expect(shareRows({ ...fairness, tenants: [tenant('a', 1, 0, false)], others })).toMatchObject([
      { share: null, due: null },
    ])
  })
})

describe('the filters of the audit', () => {
  it('are taken from the address as far as the service would', () => {
    const id = `key_${'0'.repeat(26)}`
    expect(readAuditFilters(new URLSearchParams(`action=createTask&key=${id}&since=2026-11-30T10:00:00Z`))).toEqual({
      action: 'createTask',
      key: id,
      since: '2026-11-30T10:00:00.000Z',
    })
    expect(readAuditFilters(new URLSearchParams('action=a-b&key=key_1&since=2026-99-30T10:00Z&tenant=x'))).toEqual({})
  })

  it('have a moment as a field shows it, and back', () => {
    expect(fromLocalMinute(localMinute('2026-11-30T10:20:00.000Z'))).toBe('2026-11-30T10:20:00.000Z')
    expect([localMinute(null), localMinute('soon'), fromLocalMinute('')]).toEqual(['', '', ''])
  })
})

describe('scopes', () => {
  it('are missing to keys only', () => {
    expect(missingScope({ kind: 'key', scopes: ['read'] }, 'admin')).toBe('admin')
    expect(missingScope({ kind: 'key', scopes: ['read'] }, 'read')).toBe(null)
    expect(missingScope({ kind: 'key', scopes: [] }, undefined)).toBe(null)
    expect(missingScope({ kind: 'operator', scopes: [] }, 'admin')).toBe(null)
  })
})

describe('plots', () => {
  it.each([
    [0, false, 1],
    [3, false, 5],
    [11, false, 20],
    [60, false, 100],
    [3 * 1024, true, 5 * 1024],
    [700 * 1024 ** 2, true, 1000 * 1024 ** 2],
  ])('of at most %d (bytes: %j) end at %d', (most, isBytes, top) => expect(roundTop(most, isBytes)).toBe(top))

  it('stack each series on those before it', () => {
    expect(
      stacks([
        [1, 2],
        [3, 0],
      ]),
    ).toEqual([
      [
        { from: 0, to: 1 },
        { from: 0, to: 2 },
      ],
      [
        { from: 1, to: 4 },
        { from: 2, to: 2 },
      ],
    ])
  })
})
