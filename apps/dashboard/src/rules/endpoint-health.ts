import type { Endpoint, EndpointStats } from '@backhaul/sdk'
import type { Tone } from './tone.ts'

/** What an endpoint is in, in one word. */
export function endpointState(endpoint: Pick<Endpoint, 'state' | 'verification' | 'failingSince'>): {
  words: string
  tone: Tone
} {
  if (endpoint.state === 'disabled') return { words: 'disabled', tone: 'bad' }
  // Of a newer service.
  if (endpoint.state !== 'enabled') return { words: endpoint.state, tone: 'quiet' }
  if (endpoint.verification === 'pending') return { words: 'unverified', tone: 'warning' }
  if (endpoint.failingSince !== null) return { words: 'failing', tone: 'warning' }
  return { words: 'enabled', tone: 'good' }
}

/** Rounded down: 99.6 % is not all of them. Null: there was no attempt. */
export function successRate({ attempts, succeeded }: Pick<EndpointStats, 'attempts' | 'succeeded'>): string | null {
  return attempts === 0 ? null : `${Math.floor((succeeded / attempts) * 100)} %`
}

/** `85 ms`, `1.2 s`: two digits are enough to compare by. */
export function milliseconds(ms: number | null): string {
  if (ms === null) return '–'
  if (ms < 1) return '< 1 ms'
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${ms < 9_950 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`
}

export interface Bar {
  /** Of the longest, from 0 to 1. */
  height: number
  succeeded: boolean
}

/** The oldest attempt first. The square root: one that took 20 s would leave nothing to see of the others. */
export function attemptBars(recent: EndpointStats['recent']): Bar[] {
  const longest = Math.max(...recent.map(({ durationMs }) => durationMs), 1)
  return recent
    .map(({ durationMs, status }) => ({
      height: Math.max(0.12, Math.sqrt(durationMs / longest)),
      succeeded: status !== null && status >= 200 && status < 300,
    }))
    .toReversed()
}
