import type { Stats } from '@backhaul/sdk'

/** As in `GET /v1/stats`. */
export const ranges = { '1h': 'hour', '24h': 'day', '7d': 'week' } as const
export type Range = keyof typeof ranges

/** What an address says; an hour when it says nothing that is known. */
export function readRange(search: URLSearchParams): Range {
  const range = search.get('range') ?? ''
  return Object.hasOwn(ranges, range) ? (range as Range) : '1h'
}

/** Bytes a second in each step. The last step is not over, so only what is over of it counts. */
export function throughput({ data, stepSeconds, until }: Pick<Stats, 'data' | 'stepSeconds' | 'until'>): number[] {
  const end = Date.parse(until)
  return data.map(({ at, bytesReceived }) => {
    const passed = Math.min(stepSeconds, (end - Date.parse(at)) / 1000)
    return passed > 0 ? bytesReceived / passed : 0
  })
}
