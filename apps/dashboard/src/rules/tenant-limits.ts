import type { Limit, TenantLimits } from '@backhaul/sdk'
import { bytes, count, rate } from './format.ts'
import { wordFor } from './known.ts'

export type LimitName = Limit['name']

interface Words {
  words: string
  say(value: number): string
  /** It is given in bytes, so `10 GiB` is understood. */
  isBytes?: true
}

export const limits: Record<LimitName, Words> = {
  requestsPerMinute: { words: 'Requests of a key a minute', say: count },
  maximumTasksWaiting: { words: 'Tasks that wait', say: count },
  maximumTasksInFlight: { words: 'Tasks in flight', say: count },
  maximumStoredBytes: { words: 'Stored bytes', say: bytes, isBytes: true },
  maximumBytesPerDay: { words: 'Bytes a day', say: bytes, isBytes: true },
  maximumBytesPerSecond: { words: 'Bytes a second', say: rate, isBytes: true },
  maximumSessions: { words: 'Sessions', say: count },
  maximumEndpoints: { words: 'Endpoints', say: count },
  maximumApiKeys: { words: 'API keys', say: count },
  maximumStreams: { words: 'Streams', say: count },
}

/** Of a limit that a newer service has, its own name. */
export const lookOfLimit = (name: string): Words => wordFor(limits, name, { words: name, say: count })

export const limitNames = Object.keys(limits) as LimitName[]

/** How much is used; null: there is no limit. A limit of 0 is used up. */
export function usedFraction({ maximum, used }: Pick<Limit, 'maximum' | 'used'>): number | null {
  if (maximum === null) return null
  return maximum === 0 ? 1 : Math.min(1, used / maximum)
}

export type LimitTexts = Record<LimitName, string>

/** What the form shows: '' is the installation's, `none` is no limit. */
export function limitTexts(given: TenantLimits): LimitTexts {
  const textOf = (value: number | null | undefined) => (value === undefined ? '' : value === null ? 'none' : `${value}`)
  return Object.fromEntries(limitNames.map((name) => [name, textOf(given[name])])) as LimitTexts
}

const units = ['b', 'kib', 'mib', 'gib', 'tib', 'pib']

/** `none`, `1,000`, and of bytes `1.5 GiB`. Undefined: the installation's. Null: none. NaN: it is neither. */
export function parseLimit(name: LimitName, text: string): number | null | undefined {
  const [, figure = '', unit = ''] = /^([\d,_]*\.?\d*)\s*([a-z]*)$/.exec(text.trim().toLowerCase()) ?? ['', '?']
  if (figure === '' && unit === '') return undefined
  if (figure === '' && unit === 'none') return null
  const power = unit === '' ? 0 : limits[name].isBytes ? units.indexOf(unit) : -1
  if (power === -1 || !/\d/.test(figure)) return Number.NaN
  const value = Math.round(Number(figure.replaceAll(/[,_]/g, '')) * 1024 ** power)
  return Number.isSafeInteger(value) ? value : Number.NaN
}

export interface ReadLimits {
  change: { limits?: TenantLimits; resetLimits?: LimitName[] }
  /** By the pointers that the service uses. */
  problems: Record<string, string>
}

/** Of the limits that were changed. One that is taken away is the installation's again. */
export function readLimits(texts: Partial<LimitTexts>): ReadLimits {
  const [limitsGiven, taken, problems]: [TenantLimits, LimitName[], Record<string, string>] = [{}, [], {}]
  for (const name of limitNames) {
    const text = texts[name]
    if (text === undefined) continue
    const value = parseLimit(name, text)
    if (value === undefined) taken.push(name)
    else if (Number.isNaN(value))
      problems[`/limits/${name}`] = limits[name].isBytes
        ? 'Give a number of bytes, as 500000 or 10 GiB, or none.'
        : 'Give a whole number, or none.'
    else limitsGiven[name] = value
  }
  return {
    change: {
      ...(Object.keys(limitsGiven).length > 0 ? { limits: limitsGiven } : {}),
      ...(taken.length > 0 ? { resetLimits: taken } : {}),
    },
    problems,
  }
}
