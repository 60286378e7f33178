import { randomBytes } from 'node:crypto'
import { compactVerify, createLocalJWKSet } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '#core/database/database.ts'
import { openReceiptSigner } from '#core/files/jose/receipt-signer.ts'
import type { ReceiptSigner } from '#core/files/receipt-signer.ts'
import { createEncryptor } from '#core/runtime/crypto.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { type TestDatabase, testDatabase } from '#support/servers/postgres.ts'

const encryptor = createEncryptor(randomBytes(32))
let place: TestDatabase
let opened: Database[]
let database: Database
beforeEach(async () => {
  place = await testDatabase()
  opened = []
  database = connect()
})
afterEach(async () => {
  await Promise.all(opened.map((each) => each.close()))
  await place.drop()
})

/** As another process has it: with a pool of its own. */
function connect(): Database {
  const another = openDatabase(place.connectionString)
  opened.push(another)
  return another
}

async function countWaiting(): Promise<number> {
  const waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
  return (await database.many(waiting)).length
}

const kidOf = (jws: string) => (JSON.parse(Buffer.from(jws.split('.')[0]!, 'base64url').toString()) as Header).kid
type Header = { kid: string }
const retireAll = () => database.run('update signing_key set retired_at = clock_timestamp() where retired_at is null')

/** The payload, if one of the published keys has signed it. */
async function verified(jws: string, signer: ReceiptSigner): Promise<string> {
  const keys = createLocalJWKSet({ keys: await signer.publicKeys() })
  return Buffer.from((await compactVerify(jws, keys)).payload).toString()
}

describe('the signing key', () => {
  it('is made once by processes that start at once, and shared by them', async () => {
    const processes = Array.from({ length: 8 }, () => connect())
    let starting: Promise<ReceiptSigner>[] = []
    await database.transaction(async (tx) => {
      // The lock keeps all from writing until all have seen that there is no key.
      await tx.run('lock table signing_key in exclusive mode')
      starting = processes.map((process) => openReceiptSigner(process, encryptor))
      await eventually('all of them wait', async () => (await countWaiting()) === processes.length)
    })
    const signers = await Promise.all(starting)
    const receipts = await Promise.all(signers.map((signer) => signer.sign('{"a":1}')))
    expect(new Set(receipts).size).toBe(1)
    expect(await database.many('select 1 from signing_key')).toHaveLength(1)
    const sets = await Promise.all(signers.map((signer) => signer.publicKeys()))
    for (const keys of sets) expect(keys).toEqual(sets[0])
    expect(await verified(receipts[0]!, signers[7]!)).toBe('{"a":1}')
  })

  it('is published before anything is signed, without its private half', async () => {
    const keys = await (await openReceiptSigner(database, encryptor)).publicKeys()
    expect(keys).toEqual([
      {
        kty: 'OKP',
        crv: 'Ed25519',
        x: expect.stringMatching(/^[\w-]{43}$/),
        kid: expect.stringMatching(/^[\w-]{43}$/),
        alg: 'EdDSA',
        use: 'sig',
      },
    ])
  })

  it('is there after a restart, and only for who has the encryption key', async () => {
    const before = await (await openReceiptSigner(database, encryptor)).sign('a')
    expect(await (await openReceiptSigner(connect(), encryptor)).sign('a')).toBe(before)
    await expect(openReceiptSigner(connect(), createEncryptor(randomBytes(32)))).rejects.toThrow()
  })

  it('is in the database under seal, and nowhere in clear', async () => {
    await openReceiptSigner(database, encryptor)
    const [row] = await database.many<{ kid: string; privateSealed: Buffer; whole: string }>(
      'select kid, private_sealed, signing_key::text as whole from signing_key',
    )
    const { kid, privateSealed, whole } = row!
    const { d, x } = JSON.parse(encryptor.decrypt(privateSealed, `signingKey:${kid}`)) as { d: string; x: string }
    const secret = Buffer.from(d, 'base64url')
    expect(secret).toHaveLength(32)
    const clear = [d, secret.toString('hex'), secret.toString('base64'), Buffer.from(d).toString('hex')]
    for (const text of clear) expect(whole).not.toContain(text)
    // The same look finds what is not sealed.
    expect(whole).toContain(x)
    expect(() => encryptor.decrypt(privateSealed, 'signingKey:of-another')).toThrow()
  })

  it('is the newest of those that are not retired', async () => {
    const signer = await openReceiptSigner(database, encryptor)
    const first = kidOf(await signer.sign('a'))
    await retireAll()
    const second = kidOf(await signer.sign('a'))
    await database.run('update signing_key set retired_at = null')
    expect(kidOf(await signer.sign('a'))).toBe(second)
    await database.run('update signing_key set retired_at = clock_timestamp() where kid = $1', [second])
    expect(kidOf(await signer.sign('a'))).toBe(first)
  })
})

describe('a retired key', () => {
  it('signs no more in any process, and what it has signed can still be verified', async () => {
    const [one, other] = [await openReceiptSigner(database, encryptor), await openReceiptSigner(connect(), encryptor)]
    const old = await one.sign('old')
    await retireAll()
    const [first, second] = await Promise.all([one.sign('new'), other.sign('new')])
    expect(second).toBe(first)
    expect(kidOf(first)).not.toBe(kidOf(old))
    expect((await one.publicKeys()).map(({ kid }) => kid)).toEqual([kidOf(first), kidOf(old)])
    expect(await verified(old, other)).toBe('old')
    expect(await verified(first, other)).toBe('new')
  })
})
