import { expect, it } from 'vitest'
import { assignments, clock, type Patch, sql } from '#core/ledger/patch.ts'

function write(patch: Patch) {
  const parameters: unknown[] = []
  return { text: assignments(patch, (value) => `$${parameters.push(value)}`), parameters }
}

it('values become parameters, in the order of the columns', () => {
  const leaseUntil = new Date(0)
  expect(write({ due: false, leaseUntil, retryAt: null })).toEqual({
    text: 'due = $1, lease_until = $2, retry_at = $3',
    parameters: [false, leaseUntil, null],
  })
})

it('the text is the same for all values', () => {
  const set = (retryAt: Date | null, more: number): Patch => ({ retryAt, attempts: sql`attempts + ${more}` })
  expect(write(set(null, 0)).text).toBe(write(set(new Date(), 7)).text)
})

it('expressions can be made of others', () => {
  const later = sql`${clock} + make_interval(secs => ${5})`
  expect(write({ readyAt: sql`greatest(${later}, ${null})` })).toEqual({
    text: `ready_at = greatest(date_trunc('milliseconds', clock_timestamp()) + make_interval(secs => $1), $2)`,
    parameters: [5, null],
  })
})

it('documents are written as JSON, and null as null', () => {
  expect(write({ metrics: [], garbage: null }).parameters).toEqual(['[]', null])
})

it('what no task has does not compile, nor what transitions decide', () => {
  // @ts-expect-error: misspelt.
  write({ retriedAt: null })
  // @ts-expect-error: of another type.
  write({ attempts: 'one' })
  // @ts-expect-error: only a transition changes it.
  write({ state: 'waiting' })
})
