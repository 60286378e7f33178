import type { Task, TimelineEntry } from '@backhaul/sdk'
import type { Reason } from './waiting-reasons.ts'

/** What a bar is: it decides its colour and its words. */
export type Phase =
  | 'wait'
  | 'suspended'
  | 'unknown'
  | 'taken'
  | 'attempt'
  | 'interrupted'
  | 'storing'
  | 'lookup'
  | 'connect'
  | 'tls'
  | 'firstByte'
  | 'body'
  | 'wake'
  | 'delivery'

export interface Bar {
  phase: Phase
  from: number
  to: number
  /** What it is, and how it came out: for people. */
  words: string
  /** Of a wait: what held it. Null: nothing but its turn. */
  reason?: Reason | null
  /** It is not over: it ends with now. */
  isOpen?: boolean
  /** It has not come yet. */
  isPlanned?: boolean
  /** Of a body: how much came, and from which byte on. */
  bytes?: number
  offset?: number
}

/** A moment, not a span. */
export interface Mark {
  at: number
  kind: 'interruption' | 'resumption' | 'event' | 'end'
  words: string
}

export interface Lane {
  name: string
  bars: Bar[]
  marks: Mark[]
}

export interface Life {
  from: number
  to: number
  lanes: Lane[]
}

export type LifeOf = Pick<Task, 'state' | 'createdAt' | 'resumedAt' | 'endedAt'> & {
  metrics: Pick<Task['metrics'], 'transactions'>
}

export interface Told {
  entries: readonly TimelineEntry[]
  omittedSteps: number
}
