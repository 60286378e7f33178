import type { Phase } from './life.ts'
import { lookOfReason, type Reason } from './waiting-reasons.ts'

/** In words, and a colour that can be told from the others in both themes. */
const phases: Record<Phase, { words: string; colour: string }> = {
  wait: { words: 'waited for its turn', colour: '#94a3b8' },
  suspended: { words: 'suspended', colour: '#a1a1aa' },
  unknown: { words: 'not kept', colour: '#a1a1aa' },
  taken: { words: 'taken up by a worker', colour: '#cbd5e1' },
  attempt: { words: 'attempt', colour: '#60a5fa' },
  interrupted: { words: 'attempt that was broken off', colour: '#f87171' },
  storing: { words: 'storing', colour: '#0f766e' },
  lookup: { words: 'DNS', colour: '#14b8a6' },
  connect: { words: 'connect', colour: '#f59e0b' },
  tls: { words: 'TLS', colour: '#a855f7' },
  firstByte: { words: 'until the first byte', colour: '#22c55e' },
  body: { words: 'body', colour: '#2563eb' },
  wake: { words: 'wake', colour: '#d97706' },
  delivery: { words: 'delivery', colour: '#4f46e5' },
}

/** Of a bar: a wait has the colour that its reason has on every page. */
export function lookOf({ phase, reason }: { phase: Phase; reason?: Reason | null | undefined }): {
  words: string
  colour: string
} {
  return phase === 'wait' && reason ? lookOfReason(reason) : phases[phase]
}
