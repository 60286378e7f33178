import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createSecretKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { typeid } from 'typeid-js'
import { encodeKeyPair, encodeSecret, type HmacSha256, type SignEd25519 } from '../endpoints/rules/signature.ts'
import type { KeyName, Keyring } from '../kernel/encryptor.ts'
import type { Mint } from '../kernel/ids.ts'

/* What an encrypted value begins with. The second form is followed by the four bytes of its key's id. */
const unlabelled = 1
const labelled = 2
const idBytes = 4
const nonceBytes = 12
const tagBytes = 16

interface Key {
  name: KeyName
  sealing: KeyObject
  signingKey(purpose: string): KeyObject
}

/**
 * Keys of 32 bytes, the newest first, which encrypts until {@link Keyring.use} says otherwise. Encrypted: form, key id unless
 * unlabelled, nonce, tag, ciphertext; the context is authenticated with it (NIST SP 800-38D). What is unlabelled is tried with each
 * key. Decrypting throws when the key is not here, and when anything was altered.
 */
export function createEncryptor(...keys: readonly [Uint8Array, ...Uint8Array[]]): Keyring {
  const opened = keys.map(openKey)
  let current = opened[0]!
  let head = Buffer.of(unlabelled)
  const keyFor = (bytes: Buffer): { key: Key; at: number }[] => {
    if (bytes[0] === unlabelled) return opened.map((key) => ({ key, at: 1 }))
    if (bytes[0] !== labelled) throw new Error('encrypted by a newer version')
    const id = bytes.toString('hex', 1, 1 + idBytes)
    const key = opened.find(({ name }) => name.id === id)
    if (!key) throw new Error(`encrypted under the key ${id}, which is not among ENCRYPTION_KEYS`)
    return [{ key, at: 1 + idBytes }]
  }
  const decryptBytes = (sealed: Uint8Array, context: string): Buffer => {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
    const tried = keyFor(bytes)
    for (const [n, { key, at }] of tried.entries()) {
      try {
        return openSealed(key.sealing, bytes.subarray(at), context)
      } catch (error) {
        if (n === tried.length - 1) throw error
      }
    }
    throw new Error('there is no key')
  }
  const sign = (key: Key, purpose: string, text: string) =>
    createHmac('sha256', key.signingKey(purpose)).update(text).digest('base64url')
  return {
    names: opened.map(({ name }) => name),
    current: () => current.name,
    use(id, { isLabelled }) {
      const key = opened.find(({ name }) => name.id === id)
      if (!key) throw new Error(`there is no key ${id}`)
      current = key
      head = isLabelled ? Buffer.concat([Buffer.of(labelled), Buffer.from(id, 'hex')]) : Buffer.of(unlabelled)
    },
    encrypt(plain, context) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', current.sealing, nonce).setAAD(Buffer.from(context))
      const text = [cipher.update(plain as string, 'utf8'), cipher.final()]
      return Buffer.concat([head, nonce, cipher.getAuthTag(), ...text])
    },
    decrypt: (sealed, context) => decryptBytes(sealed, context).toString(),
    decryptBytes,
    sign: (purpose, text) => sign(current, purpose, text),
    signatures: (purpose, text) =>
      [current, ...opened.filter((key) => key !== current)].map((key) => sign(key, purpose, text)),
  }
}

/** Key objects are made once: each use of plain bytes would cost several times the work itself. */
function openKey(key: Uint8Array): Key {
  /** By purpose; there are few. */
  const signing = new Map<string, KeyObject>()
  return {
    name: keyName(key),
    // The keys have been derived for these purposes since the first release: the purposes never change.
    sealing: createSecretKey(derive(key, 'seal')),
    signingKey(purpose) {
      const known = signing.get(purpose) ?? createSecretKey(derive(key, `sign:${purpose}`))
      signing.set(purpose, known)
      return known
    },
  }
}

function openSealed(sealing: KeyObject, bytes: Buffer, context: string): Buffer {
  const nonce = bytes.subarray(0, nonceBytes)
  const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes)
  const decipher = createDecipheriv('aes-256-gcm', sealing, nonce, { authTagLength: tagBytes })
    .setAAD(Buffer.from(context))
    .setAuthTag(tag)
  const plain = decipher.update(bytes.subarray(nonceBytes + tagBytes))
  decipher.final()
  return plain
}

/** What names a key without showing it. */
export function keyName(key: Uint8Array): KeyName {
  const fingerprint = keyFingerprint(key)
  return { id: fingerprint.slice(0, 2 * idBytes), fingerprint }
}

/** A fingerprint that processes compare to know that they share a key, without showing it. */
export function keyFingerprint(key: Uint8Array): string {
  return Buffer.from(derive(key, 'fingerprint')).toString('hex')
}

function derive(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), `backhaul:${purpose}`, 32))
}

export const mint: Mint = {
  id: (prefix) => typeid(prefix).toString(),
  apiKey: () => `bh_${randomBytes(32).toString('base64url')}`,
  signInSecret: () => randomBytes(32).toString('base64url'),
  webhookSecret: () => encodeSecret(randomBytes(32)),
  webhookKeyPair() {
    const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
    return encodeKeyPair(Buffer.from(d!, 'base64url'), Buffer.from(x!, 'base64url'))
  },
  hash: (text) => createHash('sha256').update(text).digest(),
}

export const hmacSha256: HmacSha256 = (key, text) =>
  createHmac('sha256', createSecretKey(key)).update(text, 'utf8').digest('base64')

/** The bytes before the seed in the only form of a private key that needs no public one (RFC 8410 §7, PKCS #8). */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex')

export const ed25519: SignEd25519 = (seed, text) => {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: 'der', type: 'pkcs8' })
  return sign(null, Buffer.from(text, 'utf8'), key).toString('base64')
}
