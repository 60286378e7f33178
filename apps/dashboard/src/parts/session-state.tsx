import type { Session } from '@backhaul/sdk'
import { wordFor } from '../rules/known.ts'
import type { Tone } from '../rules/tone.ts'
import { Pill } from './pill.tsx'

const tones: Record<Session['state'], Tone> = { active: 'good', finishing: 'warning', invalidated: 'quiet' }
export const sessionStates = Object.keys(tones) as Session['state'][]

export function SessionPill({ state }: { state: Session['state'] }) {
  return <Pill tone={wordFor<Tone>(tones, state, 'quiet')}>{state}</Pill>
}
