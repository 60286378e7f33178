import { describe, expect, it } from 'vitest'
import { faultsByField, givenTask } from '#dashboard/rules/new-task.ts'
import { claimChecks, readReceipt } from '#dashboard/rules/receipt.ts'
import { pairs, readFilters } from '#dashboard/rules/task-filters.ts'
import { canBe, verbNames } from '#dashboard/rules/task-verbs.ts'

const empty = { url: '', session: '', newSession: '', sha256: '', notBefore: '', metadata: '', description: '' }

describe('the form of a new task', () => {
  it('says nothing of what was left empty', () => {
    expect(givenTask({ ...empty, url: ' https://example.com ' })).toEqual({ url: 'https://example.com' })
    expect(
      givenTask({ ...empty, url: 'u', sha256: 'aa', metadata: 'job = x=y\n\nno pair\na=', description: ' d ' }),
    ).toEqual({ url: 'u', expected: { sha256: 'aa' }, metadata: { job: 'x=y', a: '' }, taskDescription: 'd' })
    const { earliestBeginDate } = givenTask({ ...empty, url: 'u', notBefore: '2026-12-24T18:00' })
    expect(Date.parse(earliestBeginDate!)).toBe(new Date('2026-12-24T18:00').getTime())
  })

  it('tells each error at its field, and the others beside', () => {
    const fault = (pointer: string, detail: string) => ({ pointer, code: 'x', detail })
    const { at, left } = faultsByField([
      ...[fault('/url', 'not this'), fault('/url', 'nor that'), fault('/expected/sha256', 'not hex')],
      ...[fault('/metadata/a', 'too long'), fault('/params/identifier', 'no name'), fault('/priority', 'too high')],
    ])
    expect(at).toEqual({
      url: 'not this. nor that',
      sha256: 'not hex',
      metadata: 'too long',
      newSession: 'no name',
    })
    expect(left.map(({ pointer }) => pointer)).toEqual(['/priority'])
  })
})

describe('filters by session and metadata', () => {
  it('are read from the address, and left out where the service would refuse them', () => {
    const search = new URLSearchParams({ session: 'nightly-1', metadata: 'job=a b, region=eu-1,broken' })
    expect(readFilters(search)).toEqual({ session: 'nightly-1', metadata: { job: 'a b', region: 'eu-1' } })
    expect(readFilters(new URLSearchParams({ session: '<script>', metadata: '=x' }))).toEqual({})
    expect(pairs('__proto__=x', ',')).toEqual(Object.fromEntries([['__proto__', 'x']]))
  })
})

describe('what can be done with a task', () => {
  it('depends on its state', () => {
    const of = (state: Parameters<typeof canBe>[1]) => verbNames.filter((verb) => canBe(verb, state))
    expect(of('running')).toEqual(['suspend', 'cancel'])
    expect(of('suspended')).toEqual(['resume', 'cancel'])
    expect(of('failed')).toEqual(['retry'])
    expect(of('completed')).toEqual([])
  })
})

describe('a receipt', () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const task = {
    ...{ id: 'tsk_1', sessionIdentifier: 's', endedAt: '2026-11-30T12:00:00.000Z' },
    originalRequest: { url: 'https://example.com/ü?key=1', headers: {} },
    file: { state: 'temporary', key: 'k', bytes: 3, checksums: { crc32: 'AAAA' }, leaseExpiresAt: null },
  } as unknown as Parameters<typeof claimChecks>[1]
  const claims = {
    ...{ sub: 'tsk_1', sessionIdentifier: 's', url: 'https://example.com/%C3%BC', endedAt: task.endedAt },
    file: { bytes: 3, checksums: { crc32: 'AAAA' } },
  }
  const met = (some: object) =>
    claimChecks(readReceipt(`${part({})}.${part({ ...claims, ...some })}.AA`)!, task).map(({ isMet }) => isMet)

  it.each(['', 'a.b', 'a.b.c.d', `${part([])}.${part({})}.AA`, `${part({})}.%%.AA`, `${part({})}.AAAA.AA`])(
    'is none if it is not made like one: %j',
    (text) => expect(readReceipt(text)).toBeNull(),
  )

  it('must say of the task what the service says of it', () => {
    expect(met({})).toEqual([true, true, true, true])
    expect(met({ sub: 'tsk_2' })).toEqual([false, true, true, true])
    expect(met({ url: 'https://example.com/other' })).toEqual([true, false, true, true])
    expect(met({ file: { bytes: 3, checksums: {} } })).toEqual([true, true, false, true])
    expect(met({ file: undefined, endedAt: 1 })).toEqual([true, true, false, false])
  })
})
