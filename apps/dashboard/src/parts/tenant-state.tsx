import type { Tenant } from '@backhaul/sdk'
import { wordFor } from '../rules/known.ts'
import type { Tone } from '../rules/tone.ts'
import { Pill } from './pill.tsx'

const tones: Record<Tenant['state'], Tone> = { active: 'good', suspended: 'warning', deleting: 'bad' }

export function TenantState({ state }: { state: Tenant['state'] }) {
  return <Pill tone={wordFor<Tone>(tones, state, 'quiet')}>{state === 'deleting' ? 'being deleted' : state}</Pill>
}
