import type { Tenant } from '@backhaul/sdk'
import type { Tone } from '../rules/tone.ts'
import { Pill } from './pill.tsx'

const tones: Record<Tenant['state'], Tone> = { active: 'good', suspended: 'warning', deleting: 'bad' }

export function TenantState({ state }: { state: Tenant['state'] }) {
  return <Pill tone={tones[state]}>{state === 'deleting' ? 'being deleted' : state}</Pill>
}
