import { describe, expect, it } from 'vitest'
import {
  afterBreak,
  defaultReconnectPolicy,
  isBreak,
  isBusy,
  noBreaks,
} from '#transfer/engine/rules/reconnect-policy.ts'

const policy = defaultReconnectPolicy
const enough = policy.enoughBytes
/** The pauses after connections that brought so many bytes, until the break counts. */
const pausesAfter = (...gains: number[]) => {
  const pauses: (number | null)[] = []
  let breaks = noBreaks
  for (const gained of gains) {
    const next = afterBreak(policy, breaks, gained)
    pauses.push(next?.pauseMs ?? null)
    if (next === null) break
    breaks = next.breaks
  }
  return pauses
}

describe('after a connection that broke, a download', () => {
  it.each<[string, number[], (number | null)[]]>([
    ['goes on at once when it brought much', [enough, enough, enough, enough], [50, 50, 50, 50]],
    ['has failed when the first one brought nothing', [0], [null]],
    ['goes on when the first one brought little', [1, enough], [100, 50]],
    ['pauses longer each time that one brings little', [1, 1, 1, 1, 1, 1, 1], [100, 200, 400, 800, 1600, 2000, 2000]],
    ['has failed when four in a row bring nothing', [enough, 0, 0, 0, 0], [50, 100, 200, 400, null]],
    [
      'counts those anew behind one that brought a byte',
      [1, 0, 0, 0, 1, 0, 0, 0, 0],
      [100, 200, 400, 800, 1600, 2000, 2000, 2000, null],
    ],
    [
      'counts all anew behind one that brought much',
      [1, 0, 0, 0, enough, 0, 0, 0, 0],
      [100, 200, 400, 800, 50, 100, 200, 400, null],
    ],
  ])('%s', (_, gains, pauses) => {
    expect(pausesAfter(...gains)).toEqual(pauses)
  })

  it('has failed when sixteen in a row have brought little', () => {
    const pauses = pausesAfter(...Array<number>(20).fill(enough - 1))
    expect(pauses).toHaveLength(17)
    expect(pauses.at(-1)).toBeNull()
    expect(pauses.slice(0, -1)).not.toContain(null)
  })
})

it('only a lost connection, silence and a busy server are worth another connection', () => {
  expect(
    (['networkConnectionLost', 'timedOut', 'cannotConnectToHost', 'dnsLookupFailed'] as const).every(isBreak),
  ).toBe(true)
  expect(
    (
      [
        'cannotParseResponse',
        'secureConnectionFailed',
        'destination_denied',
        'dataLengthExceedsMaximum',
        'cancelled',
      ] as const
    ).some(isBreak),
  ).toBe(false)
  expect([429, 500, 503, 504].every(isBusy)).toBe(true)
  expect([200, 206, 301, 400, 403, 404, 410, 412, 501].some(isBusy)).toBe(false)
})
