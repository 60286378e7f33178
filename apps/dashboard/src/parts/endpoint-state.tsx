import type { Endpoint } from '@backhaul/sdk'
import { endpointState } from '../rules/endpoint-health.ts'
import { Pill } from './pill.tsx'

export function EndpointPill({ endpoint }: { endpoint: Endpoint }) {
  const { words, tone } = endpointState(endpoint)
  return <Pill tone={tone}>{words}</Pill>
}
