import type { TextSigner } from '../../kernel/rules/text-signer.ts'
import type { KeptTransfer } from './resume-data.ts'

/** Resume data as a token: the ids it names, signed for this tenant. The same token however often it is asked for. */
export function writeResumeData(signer: TextSigner, tenantId: string, kept: KeptTransfer): string {
  const payload = Buffer.from(JSON.stringify([kept.taskId, kept.generation, kept.until.getTime()])).toString(
    'base64url',
  )
  return `${payload}.${signature(signer, tenantId, payload)}`
}

/**
 * The ids in a token; null when this service did not write it, or for another tenant. Whether its parts are still kept,
 * the store knows.
 */
export function readResumeData(signer: TextSigner, tenantId: string, token: string): KeptTransfer | null {
  const [payload = '', given = '', ...rest] = token.split('.')
  // Signed once more, so that how long the comparison takes says nothing about the signature.
  const same = signer.sign('compare', given) === signer.sign('compare', signature(signer, tenantId, payload))
  if (!same || rest.length > 0) return null
  const [taskId, generation, untilMs] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
    string,
    number,
    number,
  ]
  return { taskId, generation, until: new Date(untilMs) }
}

function signature(signer: TextSigner, tenantId: string, payload: string): string {
  return signer.sign('resumeData', `${tenantId} ${payload}`)
}
