import { randomBytes, randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { MovedSealed } from '#core/encryption/encryption-store.ts'
import { createEncryptionStore } from '#core/encryption/postgres/encryption-store.ts'
import { sealedTables } from '#core/encryption/postgres/sealed-columns.ts'
import type { KeyName, Keyring } from '#core/kernel/encryptor.ts'
import { createLedger } from '#core/ledger/ledger.ts'
import { createEncryptor, keyName, mint } from '#core/runtime/crypto.ts'
import { createStores } from '#core/runtime/postgres-stores.ts'
import { defaultLimiterPolicy } from '#core/wakes/rules/wake-limiter.ts'
import { facts } from '#support/builders/store-builder.ts'
import { useStorePerTest } from '#support/builders/use-store.ts'
import { encryptedValues, fillEveryColumn, noteContexts } from './encrypted-rows.ts'

const builder = useStorePerTest()
const newer = randomBytes(32)
const idOf = (key: Uint8Array) => keyName(key).id

/** A process with these keys, the newest first. */
function processWith(...keys: [Uint8Array, ...Uint8Array[]]) {
  const ring = createEncryptor(...keys)
  const ledger = createLedger(builder.database, mint, ring)
  const store = createEncryptionStore(ledger, ring, { settleSeconds: 0 })
  const processId = randomUUID()
  return {
    ring,
    store,
    stores: createStores(builder.database, mint, ring, defaultLimiterPolicy),
    drop: () => store.dropKeys(processId),
    /** As a process does every ten seconds; the id of the key that it uses then, or the keys that it lacks. */
    async hold(isAlone = false): Promise<string | { missing: readonly string[] }> {
      const choice = await store.holdKeys({ processId, names: ring.names as [KeyName, ...KeyName[]], isAlone })
      if ('missing' in choice) return choice
      ring.use(choice.use, choice)
      return choice.use
    },
    async moveAll(): Promise<MovedSealed> {
      for (;;) {
        const outcome = await store.moveSealed()
        if (outcome.kind !== 'moved') return outcome
      }
    },
  }
}

let old: Uint8Array
beforeEach(async () => {
  old = builder.key
  await processWith(old).hold(true)
})

describe('the keys of several processes', () => {
  it('come into use only when every process has them', async () => {
    const [behind, ahead] = [processWith(old), processWith(newer, old)]
    expect(await behind.hold(true)).toBe(idOf(old))
    expect(await ahead.hold()).toBe(idOf(old))
    await behind.drop()
    expect(await ahead.hold()).toBe(idOf(newer))
  })

  it('count for a minute after a process was killed', async () => {
    const [killed, ahead] = [processWith(old), processWith(newer, old)]
    await killed.hold(true)
    await builder.database.run("update key_holder set seen_at = clock_timestamp() - interval '61 seconds'")
    expect(await ahead.hold()).toBe(idOf(newer))
  })

  it('are refused where one is missing that is in use, and the process is not put on record', async () => {
    await processWith(newer, old).hold(true)
    const late = processWith(old)
    expect(await late.hold()).toEqual({ missing: [idOf(newer)] })
    expect(await processWith(randomBytes(32)).hold()).toEqual({ missing: [idOf(old), idOf(newer)] })
    expect(await builder.database.many('select 1 from key_holder')).toHaveLength(1)
  })

  it('keep a process from before key rotation away once there is what it cannot read', async () => {
    const fingerprint = async () =>
      (await builder.database.first<{ keyFingerprint: string }>('select key_fingerprint from installation'))!
    const ahead = processWith(newer, old)
    expect(await fingerprint()).toEqual({ keyFingerprint: keyName(old).fingerprint })
    await ahead.hold(true)
    expect(await fingerprint()).toEqual({ keyFingerprint: keyName(newer).fingerprint })
  })

  it('never come into use unread, whatever begins at the same time', async () => {
    await builder.database.run('delete from key_holder')
    const all = Array.from({ length: 12 }, (_, n) => (n % 2 ? processWith(newer, old) : processWith(old)))
    await Promise.all(all.map((each) => each.hold()))
    await Promise.all(all.map((each) => each.hold()))
    const holders = await builder.database.many<{ keyIds: string[]; currentId: string }>(
      'select key_ids, current_id from key_holder',
    )
    expect(holders.length).toBeGreaterThanOrEqual(6)
    for (const { currentId } of holders) for (const { keyIds } of holders) expect(keyIds).toContain(currentId)
  })
})

describe('encrypting anew', () => {
  it('reaches every column, with the context that its verb gave it, and afterwards the old key may go', async () => {
    const contexts = noteContexts(builder)
    const { session, taskId } = await fillEveryColumn(builder)
    const before = await encryptedValues(builder)
    const columns = sealedTables.flatMap(({ table, columns }) => Object.keys(columns).map((name) => `${table}.${name}`))
    expect(new Set(before.map(({ column }) => column))).toEqual(new Set(columns))
    for (const { column, sealed, context } of before) expect(contexts.get(sealed), column).toBe(context)
    const plain = before.map(({ sealed, context }) =>
      Buffer.from(builder.encryptor.decryptBytes(Buffer.from(sealed, 'hex'), context)).toString(),
    )

    const mover = processWith(newer, old)
    await mover.hold(true)
    expect(await mover.moveAll()).toEqual({ kind: 'done', released: [idOf(old)], total: expect.any(Number) })
    expect(await mover.moveAll()).toEqual({ kind: 'idle' })
    const after = await encryptedValues(builder)
    expect(after.every(({ sealed }) => sealed.startsWith(`02${idOf(newer)}`))).toBe(true)
    const alone = processWith(newer)
    expect(
      after.map(({ sealed, context }) =>
        Buffer.from(alone.ring.decryptBytes(Buffer.from(sealed, 'hex'), context)).toString(),
      ),
    ).toEqual(plain)
    expect(await alone.hold()).toBe(idOf(newer))
    const task = await alone.stores.tasks.findTask(session.tenantId, taskId)
    expect(task).toMatchObject({ currentUrl: facts.currentUrl })
    expect(task!.request.headers).toMatchObject({ Authorization: 'Bearer t0ken' })
  })

  it('leaves what is encrypted with the newest key as it is', async () => {
    const mover = processWith(newer, old)
    await mover.hold(true)
    const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
    await builder.tasks(session, {}, {})
    await mover.moveAll()
    const before = await encryptedValues(builder)
    await builder.database.run('update encryption_key set released_at = null')
    expect(await mover.moveAll()).toEqual({ kind: 'done', released: [idOf(old)], total: 0 })
    expect(await encryptedValues(builder)).toEqual(before)
  })

  it('goes on where a process was killed, and is shared by processes that come at once', async () => {
    const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
    for (let n = 0; n < 5; n++) await builder.tasks(session, ...Array.from({ length: 90 }, () => ({})))
    const movers = Array.from({ length: 4 }, () => processWith(newer, old))
    await movers[0]!.hold(true)
    for (const mover of movers) await mover.hold()
    for (;;) {
      const outcome = await movers[0]!.store.moveSealed()
      if (outcome.kind === 'moved' && outcome.rows > 0 && outcome.table === 'task') break
    }
    const first = await builder.database.first<{ moved: bigint }>(
      "select moved from encryption_pass where table_name = 'task'",
    )
    expect(Number(first!.moved)).toBe(100)
    const outcomes = await Promise.all(movers.map((mover) => mover.moveAll()))
    const done = outcomes.find(({ kind }) => kind === 'done') ?? (await movers[1]!.moveAll())
    expect(['done', 'idle']).toContain(done.kind)
    expect((await encryptedValues(builder)).every(({ sealed }) => sealed.startsWith(`02${idOf(newer)}`))).toBe(true)
    expect(await builder.database.many('select 1 from encryption_pass')).toEqual([])
  })

  it('does not wait for a row that another has locked, and comes back for it', async () => {
    const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
    const [locked] = await builder.tasks(session, {}, {}, {})
    const mover = processWith(newer, old)
    await mover.hold(true)
    const isOld = async () =>
      (await encryptedValues(builder)).filter(({ sealed }) => sealed.startsWith('01')).map(({ context }) => context)
    await builder.database.transaction(async (tx) => {
      await tx.first('select 1 from task where id = $1 for update', [locked!.id])
      for (let n = 0; n < 20; n++) expect((await mover.store.moveSealed()).kind).toBe('moved')
      expect(await isOld()).toEqual([`request:${locked!.id}`])
    })
    expect(await mover.moveAll()).toMatchObject({ kind: 'done', released: [idOf(old)] })
    expect(await isOld()).toEqual([])
  })

  it('waits while a process still encrypts with another key, or did a moment ago', async () => {
    const [ahead, behind] = [processWith(newer, old), processWith(old, newer)]
    await behind.hold(true)
    await ahead.hold()
    expect(await ahead.store.moveSealed()).toEqual({ kind: 'waiting' })
    await behind.drop()
    const patient = createEncryptionStore(createLedger(builder.database, mint, ahead.ring), ahead.ring)
    expect(await patient.moveSealed()).toEqual({ kind: 'waiting' })
    await builder.database.run("update encryption_key set used_at = used_at - interval '61 seconds'")
    expect((await patient.moveSealed()).kind).toBe('moved')
  })

  it('does not release a key that was used while the rows were gone through', async () => {
    const [ahead, behind] = [processWith(newer, old), processWith(old, newer)]
    await ahead.hold(true)
    expect((await ahead.store.moveSealed()).kind).toBe('moved')
    await behind.hold()
    await behind.drop()
    expect(await ahead.moveAll()).toEqual({ kind: 'done', released: [], total: 0 })
    expect(await ahead.moveAll()).toEqual({ kind: 'done', released: [idOf(old)], total: 0 })
  })

  it('goes back to the first key, whose bytes do not name it', async () => {
    const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
    await builder.tasks(session, {})
    const there = processWith(newer, old)
    await there.hold(true)
    await there.moveAll()
    const back = processWith(old, newer)
    await back.hold(true)
    expect(await back.moveAll()).toMatchObject({ kind: 'done', released: [idOf(newer)] })
    expect((await encryptedValues(builder)).every(({ sealed }) => sealed.startsWith('01'))).toBe(true)
    expect(await processWith(old).hold()).toBe(idOf(old))
  })
})

describe('the list of keys', () => {
  it('counts rows by key and table, and the processes that have them', async () => {
    const session = await builder.session(undefined, { delegate: { kind: 'pull' } })
    await builder.tasks(session, {}, {})
    const ahead = processWith(newer, old)
    const other: Keyring = processWith(newer, old).ring
    await ahead.hold(true)
    other.use(idOf(newer), { isLabelled: true })
    await createStores(builder.database, mint, other, defaultLimiterPolicy).sessions.putSession(
      session.tenantId,
      'another',
      {
        ...(await builder.stores.sessions.findSession(session.tenantId, session.identifier))!.configuration,
        httpAdditionalHeaders: { 'x-a': 'b' },
        delegate: { kind: 'pull' },
      } as never,
    )
    expect(await ahead.store.readKeys()).toMatchObject([
      { id: idOf(newer), isUnlabelled: false, releasedAt: null, holders: 1, users: 1, rows: { session: 1 } },
      { id: idOf(old), isUnlabelled: true, releasedAt: null, holders: 1, users: 0, rows: { task: 2 } },
    ])
  })
})
