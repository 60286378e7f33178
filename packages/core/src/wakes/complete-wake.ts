import { AppError, found, notFound } from '../kernel/rules/errors.ts'
import type { TextSigner } from '../kernel/rules/text-signer.ts'
import { wakeExpired } from './extend-wake.ts'
import { isCompletionToken } from './rules/completion-token.ts'
import type { Wake } from './rules/wake.ts'
import type { WakeStore } from './wake-store.ts'

interface CompleteWakePorts {
  stores: { wakes: Pick<WakeStore, 'findWake' | 'completeWake'> }
  encryptor: TextSigner
}

/** Apple's completion handler. Repeating it is harmless. Throws `not_found`, `invalid_completion_token`, `wake_expired`. */
export async function completeWake(
  { stores, encryptor }: CompleteWakePorts,
  tenantId: string,
  id: string,
  token: string,
): Promise<Wake> {
  if ((await stores.wakes.findWake(tenantId, id)) === null) throw notFound('wake')
  if (!isCompletionToken(encryptor, id, token)) {
    const detail = 'This is not the token that came with the wake.'
    throw new AppError('invalid_completion_token', detail, {
      errors: [{ pointer: '/completionToken', code: 'invalid_completion_token', detail }],
    })
  }
  const wake = found('wake', await stores.wakes.completeWake(tenantId, id))
  if (wake === 'expired') throw wakeExpired()
  return wake
}
