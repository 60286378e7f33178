import { endpointDisabled } from '../deliveries/retry-delivery.ts'
import { type IdempotentRequest, isReplay, type Replay, withOutcome } from '../idempotency/idempotent-request.ts'
import { AppError, notFound } from '../kernel/rules/errors.ts'
import type { Recovery, RecoveryStore } from './recovery-store.ts'
import { recoveryRange } from './rules/recovery-range.ts'

interface StartRecoveryPorts {
  stores: { recoveries: Pick<RecoveryStore, 'startRecovery'> }
  nowMs(): number
}

/**
 * Begins to deliver a range of events again, given in RFC 3339; a dispatcher goes on with it. Throws `invalid_request`,
 * `not_found`, `endpoint_disabled`, `recovery_running`.
 */
export async function startRecovery(
  { stores, nowMs }: StartRecoveryPorts,
  tenantId: string,
  endpointId: string,
  given: { since: string; until?: string | undefined },
  idempotent: IdempotentRequest<Recovery> | undefined,
): Promise<Recovery | Replay> {
  const checked = recoveryRange(given, nowMs())
  if ('errors' in checked) {
    throw new AppError('invalid_request', 'The range cannot be recovered.', { errors: checked.errors })
  }
  const resultOf = (started: Recovery | string) => (typeof started === 'string' ? null : started)
  const started = await stores.recoveries.startRecovery(
    tenantId,
    endpointId,
    checked.range,
    withOutcome(idempotent, resultOf),
  )
  if (isReplay(started)) return started
  if (started === 'not_found') throw notFound('endpoint')
  if (started === 'endpoint_disabled') throw endpointDisabled()
  if (started === 'running') throw new AppError('recovery_running', 'A recovery of this endpoint has not ended yet.')
  return started
}
