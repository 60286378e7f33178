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
import type { Encryptor } from '../kernel/encryptor.ts'
import type { Mint } from '../kernel/ids.ts'

const version = 1
const nonceBytes = 12
const tagBytes = 16

/** `key` is 32 bytes. Key objects are made once: each use of plain bytes would cost several times the work itself. Sealed: version, nonce, tag, ciphertext; the context is authenticated with it (NIST SP 800-38D). */
export function createEncryptor(key: Uint8Array): Encryptor {
  // The keys have been derived for these purposes since the first release: the purposes never change.
  const sealing = createSecretKey(derive(key, 'seal'))
  /** By purpose; there are few. */
  const signing = new Map<string, KeyObject>()
  const signingKey = (purpose: string): KeyObject => {
    const known = signing.get(purpose) ?? createSecretKey(derive(key, `sign:${purpose}`))
    signing.set(purpose, known)
    return known
  }
  const decryptBytes = (sealed: Uint8Array, context: string): Buffer => {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
    if (bytes[0] !== version) throw new Error('sealed by another version')
    const nonce = bytes.subarray(1, 1 + nonceBytes)
    const tag = bytes.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes)
    const decipher = createDecipheriv('aes-256-gcm', sealing, nonce, { authTagLength: tagBytes })
      .setAAD(Buffer.from(context))
      .setAuthTag(tag)
    const plain = decipher.update(bytes.subarray(1 + nonceBytes + tagBytes))
    decipher.final()
    return plain
  }
  return {
    encrypt(plain, context) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(context))
      const text = [cipher.update(plain as string, 'utf8'), cipher.final()]
      return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), ...text])
    },
    decrypt: (sealed, context) => decryptBytes(sealed, context).toString(),
    decryptBytes,
    sign(purpose, text) {
      return createHmac('sha256', signingKey(purpose)).update(text).digest('base64url')
    },
  }
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
