import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyName, Keyring } from '../kernel/encryptor.ts'
import type { Log } from '../kernel/log.ts'
import type { EncryptionStore, KeyChoice } from './encryption-store.ts'
import { holdEverySeconds } from './rules/choose-key.ts'

interface HoldKeysPorts {
  stores: { encryption: Pick<EncryptionStore, 'holdKeys' | 'dropKeys'> }
  encryptor: Pick<Keyring, 'names' | 'current' | 'use'>
  log: Log
  processId: string
  /** As in {@link EncryptionStore.holdKeys}. */
  isAlone: boolean
}

/**
 * Says at once and then every ten seconds which keys this process has, and uses the one that it is told to. Throws when a key is missing that
 * rows need, and DatabaseUnavailable. Returns what ends it.
 */
export async function holdKeys({
  stores,
  encryptor,
  log,
  processId,
  isAlone,
}: HoldKeysPorts): Promise<() => Promise<void>> {
  const names = encryptor.names as [KeyName, ...KeyName[]]
  const hold = (alone: boolean) => stores.encryption.holdKeys({ processId, names, isAlone: alone })
  const obey = (choice: KeyChoice): boolean => {
    if ('missing' in choice) return false
    const before = encryptor.current().id
    encryptor.use(choice.use, choice)
    if (before !== choice.use || names.length > 1)
      say(
        choice.use === names[0].id
          ? 'the newest key encrypts'
          : 'an older key encrypts until every process has the newest',
      )
    return true
  }
  let said = ''
  const say = (message: string) => {
    if (said === message) return
    said = message
    const keys = names.map(({ id }) => id)
    log.info({ event: 'encryption.key_chosen', keyId: encryptor.current().id, keys }, message)
  }
  const first = await hold(isAlone)
  if (!obey(first)) throw new Error(missingText('missing' in first ? first.missing : []))
  const stopping = new AbortController()
  const holding = (async () => {
    let isMissing = false
    while (true) {
      await sleep(holdEverySeconds * 1000, undefined, { signal: stopping.signal, ref: false })
      // A database that is away says nothing about keys. It is asked again soon enough.
      const choice = await hold(false).catch(() => null)
      if (choice === null) continue
      const wasMissing = isMissing
      isMissing = !obey(choice)
      if (isMissing && !wasMissing && 'missing' in choice)
        log.error({ event: 'encryption.key_missing', keys: choice.missing }, missingText(choice.missing))
    }
  })().catch(() => {})
  return async () => {
    stopping.abort()
    await holding
    // Otherwise it counts for a minute more.
    await stores.encryption.dropKeys(processId).catch(() => {})
  }
}

function missingText(ids: readonly string[]): string {
  const which = ids.length === 1 ? `the encryption key ${ids[0]}` : `the encryption keys ${ids.join(', ')}`
  return `The database needs ${which}, which this process was not given: give every process the same ENCRYPTION_KEYS, with all keys that are in use ("npm run keys" lists them).`
}
