import type { Sealer } from '../kernel/ports.ts'
import type { KeptTransfer } from './rules/resume-data.ts'

type Signer = Pick<Sealer, 'sign'>

/** The token a client holds: what it names, signed for this tenant. The same one however often it is asked for. */
export function writeResumeData(sealer: Signer, tenantId: string, kept: KeptTransfer): string {
  const payload = Buffer.from(JSON.stringify([kept.taskId, kept.generation, kept.until.getTime()])).toString(
    'base64url',
  )
  return `${payload}.${signature(sealer, tenantId, payload)}`
}

/** What a token names; null when this service did not write it, or for another tenant. Whether it still holds, the store knows. */
export function readResumeData(sealer: Signer, tenantId: string, token: string): KeptTransfer | null {
  const [payload = '', given = '', ...rest] = token.split('.')
  // Signed once more, so that how long the comparison takes says nothing about the signature.
  const same = sealer.sign('compare', given) === sealer.sign('compare', signature(sealer, tenantId, payload))
  if (!same || rest.length > 0) return null
  const [taskId, generation, untilMs] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
    string,
    number,
    number,
  ]
  return { taskId, generation, until: new Date(untilMs) }
}

function signature(sealer: Signer, tenantId: string, payload: string): string {
  return sealer.sign('resumeData', `${tenantId} ${payload}`)
}
