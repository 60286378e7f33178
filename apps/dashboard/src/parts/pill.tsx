import type { ReactNode } from 'react'
import type { Tone } from '../rules/tone.ts'

const tones: Record<Tone, string> = {
  quiet: 'bg-zinc-200 text-zinc-800 dark:bg-zinc-700 dark:text-zinc-100',
  busy: 'bg-blue-100 text-blue-900 dark:bg-blue-900 dark:text-blue-100',
  good: 'bg-emerald-100 text-emerald-900 dark:bg-emerald-900 dark:text-emerald-100',
  warning: 'bg-amber-100 text-amber-900 dark:bg-amber-900 dark:text-amber-100',
  bad: 'bg-red-100 text-red-900 dark:bg-red-900 dark:text-red-100',
}

/** A state in a word, with a colour that says how good it is. */
export function Pill({ tone = 'quiet', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className={`inline-block rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap ${tones[tone]}`}>
      {children}
    </span>
  )
}
