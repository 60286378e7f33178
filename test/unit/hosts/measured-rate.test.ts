import { expect, it } from 'vitest'
import { measuredFromBytes, measuredRate } from '#core/hosts/rules/measured-rate.ts'
import { aTransaction } from '#support/builders/transaction.ts'

const moved = (countOfResponseBodyBytesReceived: number, responseEnd: string | null) =>
  aTransaction({ responseStart: '2026-11-23T12:00:00.000Z', responseEnd, countOfResponseBodyBytesReceived })

it('a rate is the bytes of a body over its time', () => {
  expect(measuredRate(moved(4 * measuredFromBytes, '2026-11-23T12:00:02.000Z'))).toBe(2 * measuredFromBytes)
})

it.each([
  ['no request', undefined],
  ['a body that has not ended', moved(measuredFromBytes, null)],
  ['a small body', moved(measuredFromBytes - 1, '2026-11-23T12:00:02.000Z')],
  ['no time at all', moved(measuredFromBytes, '2026-11-23T12:00:00.000Z')],
])('%s measures nothing', (_name, transaction) => {
  expect(measuredRate(transaction)).toBeNull()
})
