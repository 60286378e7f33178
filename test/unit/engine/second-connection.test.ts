import { expect, it } from 'vitest'
import { watchSecondConnection } from '#transfer/engine/second-connection.ts'
import type { Transaction } from '#transfer/http/rules/transaction.ts'

type Step = ['began' | 'wasRefused' | 'wasLost', count: number, atMs?: number]

const asked = [{ url: 'https://cdn.example.com:8443/file' }] as Transaction[]

/** What the journal hears of, and which losses leave the other connection alone. */
function play(steps: Step[]) {
  const heard: string[] = []
  let now = 0
  const noteSecondRefused = async (by: string) => {
    heard.push(by)
  }
  const second = watchSecondConnection(
    { journal: { noteSecondRefused } as never, ports: { nowMs: () => now } as never },
    { track: () => {} },
  )
  const alone = steps.map(([what, count, atMs = 0]) => {
    now = atMs
    return what === 'began' ? second.began(count) : second[what](count, asked)
  })
  return { heard, alone: alone.at(-1) }
}
const host = ['cdn.example.com:8443']

it.each<[string, Step[], { heard: string[]; alone?: boolean }]>([
  [
    'that is refused',
    [
      ['began', 1],
      ['wasRefused', 1],
    ],
    { heard: host },
  ],
  [
    'that was granted before, when it is asked for again',
    [
      ['began', 1],
      ['began', 2],
      ['wasRefused', 1],
    ],
    { heard: [] },
  ],
  [
    'that was granted, when a third is refused',
    [
      ['began', 1],
      ['began', 2],
      ['wasRefused', 2],
    ],
    { heard: [] },
  ],
  [
    'that is asked for when none is left',
    [
      ['began', 1],
      ['wasRefused', 0],
    ],
    { heard: [] },
  ],
  [
    'soon after which one of the two is lost',
    [
      ['began', 1],
      ['began', 2, 5_000],
      ['wasLost', 2, 5_900],
    ],
    { heard: host, alone: true },
  ],
  [
    'long after which one of the two is lost',
    [
      ['began', 1],
      ['began', 2, 5_000],
      ['wasLost', 2, 6_100],
    ],
    { heard: [], alone: false },
  ],
  [
    'after which there were three',
    [
      ['began', 1],
      ['began', 2],
      ['began', 3],
      ['wasLost', 3],
    ],
    { heard: [], alone: false },
  ],
  [
    'of an origin that has lost the first by itself',
    [
      ['began', 1],
      ['wasLost', 1],
      ['began', 2],
      ['wasLost', 2],
    ],
    { heard: [], alone: false },
  ],
])('a second connection %s', (_, steps, { heard, alone }) => {
  expect(play(steps)).toEqual({ heard, alone })
})
