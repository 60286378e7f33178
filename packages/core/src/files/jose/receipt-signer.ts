// One by one: the whole of it is three times as many modules, for encryption, tokens and remote keys.
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { CompactSign } from 'jose/jws/compact/sign'
import { exportJWK } from 'jose/key/export'
import { generateKeyPair } from 'jose/key/generate/keypair'
import type { Database } from '../../database/database.ts'
import type { Encryptor } from '../../kernel/encryptor.ts'
import { outsideRequests } from '../../kernel/request-context.ts'
import { createSigningKeyStore, type SigningKey } from '../postgres/signing-keys.ts'
import type { ReceiptSigner } from '../receipt-signer.ts'
import { receiptType } from '../rules/receipt.ts'

/** The name of Ed25519 in libraries (RFC 8037 §3.1); few know its newer name (RFC 9864). */
const algorithm = 'EdDSA'

/**
 * Receipts as compact JWS (RFC 7515 §7.1). Makes the key if there is none, so that it is published before it signs
 * anything. The key is read for each receipt: one that is retired meanwhile signs no more, in any process.
 */
export async function openReceiptSigner(database: Database, encryptor: Encryptor): Promise<ReceiptSigner> {
  const keys = createSigningKeyStore(database, encryptor, makeSigningKey)
  await keys.current()
  return {
    async sign(payload) {
      // Out of reach for requests of tenants.
      const { publicKey, privateJwk } = await outsideRequests(() => keys.current())
      return new CompactSign(new TextEncoder().encode(payload))
        .setProtectedHeader({ alg: algorithm, typ: receiptType, kid: publicKey.kid })
        .sign({ ...privateJwk, alg: algorithm })
    },
    publicKeys: () => keys.listPublic(),
  }
}

/** Named by its RFC 7638 thumbprint, so that it can be checked that a name and a key belong together. */
async function makeSigningKey(): Promise<SigningKey> {
  const pair = await generateKeyPair(algorithm, { crv: 'Ed25519', extractable: true })
  const { x = '', d = '' } = await exportJWK(pair.privateKey)
  const jwk = { kty: 'OKP', crv: 'Ed25519', x } as const
  const kid = await calculateJwkThumbprint(jwk, 'sha256')
  return { publicKey: { ...jwk, kid, alg: algorithm, use: 'sig' }, privateJwk: { ...jwk, d } }
}
