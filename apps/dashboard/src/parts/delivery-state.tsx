import type { Delivery } from '@backhaul/sdk'
import { wordFor } from '../rules/known.ts'
import type { Tone } from '../rules/tone.ts'
import { Pill } from './pill.tsx'

const tones: Record<Delivery['state'], Tone> = {
  pending: 'warning',
  succeeded: 'good',
  failed: 'bad',
  canceled: 'quiet',
}

export const DeliveryPill = ({ state }: { state: Delivery['state'] }) => (
  <Pill tone={wordFor<Tone>(tones, state, 'quiet')}>{state}</Pill>
)
