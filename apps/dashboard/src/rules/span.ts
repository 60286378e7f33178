import { duration } from './format.ts'

/** A span that may be short: `0.4 ms` is `<1 ms`, then `12 ms`, `1.24 s`, `14.5 s`, `1 min 8.2 s`, and from an hour on as any duration. */
export function span(ms: number): string {
  if (ms < 1) return '<1 ms'
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const tenths = Math.round(ms / 100)
  if (tenths < 36_000 && tenths % 600 !== 0) return `${Math.floor(tenths / 600)} min ${(tenths % 600) / 10} s`
  return duration(ms / 1000)
}
