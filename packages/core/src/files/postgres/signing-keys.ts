import { clockNow, type Database, type Sql } from '../../database/database.ts'
import type { SigningKey as StoredKey } from '../../database/generated/client.ts'
import type { Encryptor } from '../../kernel/encryptor.ts'
import type { PublicSigningKey } from '../receipt-signer.ts'

type SigningKeyRow = Omit<StoredKey, 'publicJwk'> & { publicJwk: PublicSigningKey }

/** A key pair whose private half is written as a JWK (RFC 8037). */
export interface SigningKey {
  publicKey: PublicSigningKey
  privateJwk: Record<string, string>
}
interface SigningKeyStore {
  /** The newest key that is not retired. Where there is none, it is made: once, however many processes ask. */
  current(): Promise<SigningKey>
  /** All there are, newest first; retired ones among them, for what they have signed. */
  listPublic(): Promise<PublicSigningKey[]>
}

export function createSigningKeyStore(
  database: Database,
  encryptor: Encryptor,
  make: () => Promise<SigningKey>,
): SigningKeyStore {
  return {
    async current() {
      const row = (await newest(database)) ?? (await database.transaction((tx) => makeFirst(tx, encryptor, make)))
      const publicKey = row.publicJwk
      const privateJwk = JSON.parse(encryptor.decrypt(row.privateSealed, context(row.kid))) as Record<string, string>
      return { publicKey, privateJwk }
    },
    async listPublic() {
      const rows = await database.many<SigningKeyRow>('select * from signing_key order by created_at desc, kid')
      return rows.map(({ publicJwk }) => publicJwk)
    },
  }
}

function newest(sql: Sql): Promise<SigningKeyRow | null> {
  return sql.first<SigningKeyRow>(
    'select * from signing_key where retired_at is null order by created_at desc, kid limit 1',
  )
}

/** There is no row to lock yet, so the name is locked; a process that waited for it finds the other's key. */
async function makeFirst(tx: Sql, encryptor: Encryptor, make: () => Promise<SigningKey>): Promise<SigningKeyRow> {
  await tx.run("select pg_advisory_xact_lock(hashtextextended('signing key', 0))")
  const other = await newest(tx)
  if (other !== null) return other
  const { publicKey, privateJwk } = await make()
  const { kid } = publicKey
  const made = await tx.first<SigningKeyRow>(
    `insert into signing_key (kid, public_jwk, private_sealed, created_at) values ($1, $2, $3, ${clockNow}) returning *`,
    [kid, publicKey, encryptor.encrypt(JSON.stringify(privateJwk), context(kid))],
  )
  return made!
}

function context(kid: string): string {
  return `signingKey:${kid}`
}
