import { expect, test } from 'vitest'
import { refetchedBytes } from '#core/transfers/rules/refetched-bytes.ts'

test.each<[string, number, number | undefined, number, number]>([
  ['a first attempt receives nothing again', 0, 0, 10, 0],
  ['what was found in storage was not received again', 8, 8, 10, 0],
  ['what the earlier attempt had received and not stored was', 8, 5, 10, 3],
  ['an attempt that starts over receives all of it again', 8, 0, 10, 8],
  ['an attempt that breaks off before it received as little as it had', 8, 0, 3, 3],
  ['an attempt that came to no byte received none again', 8, undefined, 8, 0],
])('%s', (_, hadBytes, bytesKept, bytesReceived, expected) => {
  const progress = { bytesReceived, bytesExpected: 10, bytesPerSecond: null }
  expect(refetchedBytes(hadBytes, bytesKept === undefined ? progress : { ...progress, bytesKept })).toBe(expected)
})
