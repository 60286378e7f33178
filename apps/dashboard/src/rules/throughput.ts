import type { Stats } from '@backhaul/sdk'

/** As in `GET /v1/stats`. */
export const ranges = { '1h': 'hour', '24h': 'day', '7d': 'week' } as const
export type Range = keyof typeof ranges

export const wordsOf = (range: Range): string => ranges[range]

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

type Counted = Exclude<keyof Stats['data'][number], 'at' | 'running' | 'waiting'>

export function sumOf({ data }: Pick<Stats, 'data'>, name: Counted): number {
  return data.reduce((sum, point) => sum + point[name], 0)
}

export interface Tick {
  /** Which of the steps begins then. */
  step: number
  words: string
}

const minuteMs = 60_000
const apart = { '1h': 10 * minuteMs, '24h': 4 * 60 * minuteMs, '7d': 24 * 60 * minuteMs }

/** Where a new ten minutes, four hours or day begins by the reader's clock: at most eight, so that their words have room. */
export function ticksOf({ data }: Pick<Stats, 'data'>, range: Range, offsetMinutes = offsetAt): Tick[] {
  const format: Intl.DateTimeFormatOptions =
    range === '7d' ? { weekday: 'short', day: 'numeric' } : { hour: '2-digit', minute: '2-digit' }
  const numberOf = (date: Date) => Math.floor((date.getTime() - offsetMinutes(date) * minuteMs) / apart[range])
  const dates = data.map(({ at }) => new Date(at))
  return dates.flatMap((date, step) => {
    const isNew = step > 0 && numberOf(date) !== numberOf(dates[step - 1]!)
    return isNew ? [{ step, words: date.toLocaleString('en-GB', format) }] : []
  })
}

const offsetAt = (date: Date) => date.getTimezoneOffset()
