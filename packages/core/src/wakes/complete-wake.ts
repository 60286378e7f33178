import type { Encryptor } from '../kernel/encryptor.ts'
import { AppError, found, notFound } from '../kernel/rules/errors.ts'
import { wakeExpired } from './extend-wake.ts'
import { completionToken } from './rules/completion-token.ts'
import type { Wake } from './rules/wake.ts'
import type { WakeStore } from './wake-store.ts'

interface CompleteWakePorts {
  stores: { wakes: Pick<WakeStore, 'findWake' | 'completeWake'> }
  encryptor: Pick<Encryptor, 'sign'>
}

/** Apple's completion handler. Repeating it is harmless. Throws `not_found`, `invalid_completion_token`, `wake_expired`. */
export async function completeWake(
  { stores, encryptor }: CompleteWakePorts,
  tenantId: string,
  id: string,
  token: string,
): Promise<Wake> {
  if ((await stores.wakes.findWake(tenantId, id)) === null) throw notFound('wake')
  // Signed once more, so that how long the comparison takes says nothing about the token.
  const same = encryptor.sign('compare', token) === encryptor.sign('compare', completionToken(encryptor, id))
  if (!same) {
    const detail = 'This is not the token that came with the wake.'
    throw new AppError('invalid_completion_token', detail, {
      errors: [{ pointer: '/completionToken', code: 'invalid_completion_token', detail }],
    })
  }
  const wake = found('wake', await stores.wakes.completeWake(tenantId, id))
  if (wake === 'expired') throw wakeExpired()
  return wake
}
