import { type IdempotentRequest, isReplay, type Replay, withOutcome } from '../idempotency/idempotent-request.ts'
import type { Mint } from '../kernel/ids.ts'
import { AppError, notFound } from '../kernel/rules/errors.ts'
import { secretFor } from './check-endpoint.ts'
import type { ShownEndpoint } from './create-endpoint.ts'
import type { EndpointStore, RotatedSecret } from './endpoint-store.ts'
import { maxLiveSecrets, secretOverlapSeconds } from './rules/secret-rotation.ts'

interface RotateSecretPorts {
  stores: { endpoints: Pick<EndpointStore, 'findEndpoint' | 'rotateSecret'> }
  mint: Pick<Mint, 'webhookSecret' | 'webhookKeyPair'>
}

/**
 * A new secret signs from now on, those before for `overlapSeconds` (86,400) more. Throws `not_found`, `invalid_secret`,
 * and `too_many_secrets` while more would sign than may.
 */
export async function rotateSecret(
  { stores, mint }: RotateSecretPorts,
  tenantId: string,
  id: string,
  {
    overlapSeconds = secretOverlapSeconds.default,
    secret,
  }: { overlapSeconds?: number | undefined; secret?: string | undefined },
  idempotent: IdempotentRequest<ShownEndpoint> | undefined,
): Promise<ShownEndpoint | Replay> {
  const before = await stores.endpoints.findEndpoint(tenantId, id)
  if (before === null) throw notFound('endpoint')
  // An endpoint keeps its scheme, so it is still this one.
  const signing = secretFor(mint, before.signatureScheme, secret)
  const resultOf = (rotated: RotatedSecret) =>
    typeof rotated === 'string' ? null : { endpoint: rotated, secret: signing.publicKey ? null : signing.secret }
  const rotated = await stores.endpoints.rotateSecret(
    tenantId,
    id,
    signing,
    overlapSeconds,
    withOutcome(idempotent, resultOf),
  )
  if (isReplay(rotated)) return rotated
  if (rotated === 'not_found') throw notFound('endpoint')
  const shown = resultOf(rotated)
  if (shown) return shown
  throw new AppError(
    'too_many_secrets',
    `${maxLiveSecrets} secrets sign at once, each with a signature in every delivery; more would make the header too long for some receivers.`,
  )
}
