import type { Task } from '@backhaul/sdk'
import { wordFor } from '../rules/known.ts'
import type { Tone } from '../rules/tone.ts'
import { Pill } from './pill.tsx'

export type State = Task['state']

const tones: Record<State, Tone> = {
  suspended: 'quiet',
  waiting: 'warning',
  running: 'busy',
  completed: 'good',
  failed: 'bad',
  canceled: 'quiet',
}
export const states = Object.keys(tones) as State[]

export const StatePill = ({ state }: { state: State }) => (
  <Pill tone={wordFor<Tone>(tones, state, 'quiet')}>{state}</Pill>
)
