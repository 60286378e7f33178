import { createHash, randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type IdempotentRequest, isReplay, type Replay } from '#core/idempotency/idempotent-request.ts'
import { DatabaseUnavailable } from '#core/kernel/database-unavailable.ts'
import type { Stores } from '#core/runtime/stores.ts'
import type { CreatedTasks } from '#core/tasks/task-store.ts'
import { type BuiltSession, made, newTask, type StoreBuilder } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const pull = { delegate: { kind: 'pull' } } as const
const hash = (text: string) => createHash('sha256').update(text).digest()
const bodyOf = (created: CreatedTasks) =>
  Buffer.from(
    typeof created === 'string' ? created : created.map(({ id, taskIdentifier }) => `${id} ${taskIdentifier}`).join(),
  )

function request(session: BuiltSession, key: string, body = 'the body'): IdempotentRequest<CreatedTasks> {
  const respond = (created: CreatedTasks) =>
    typeof created === 'string' ? null : { status: 201, body: bodyOf(created) }
  return { scope: session.tenantId, key, fingerprint: () => hash(body), respond }
}

/** Two tasks, with ids of their own each time, as a repeated request has them. */
const create = (session: BuiltSession, given: IdempotentRequest<CreatedTasks>, stores: Stores = builder.stores) =>
  stores.tasks.createTasks(session.tenantId, session.identifier, [newTask(), newTask()], given)

async function countTasks({ tenantId }: BuiltSession): Promise<number> {
  return Object.values(await builder.stores.tasks.countTasks(tenantId)).reduce((sum, count) => sum + count, 0)
}

/** As a client does it that a busy service has turned away: nothing was changed, so it asks again. */
async function heard<Outcome>(ask: () => Promise<Outcome>): Promise<Outcome> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error
    }
  }
}

const answered = (created: CreatedTasks | Replay) => ({ replay: { status: 201, body: bodyOf(made(created)) } })
const age = (key: string, interval: string) =>
  builder.database.run(
    "update idempotency_key set created_at = clock_timestamp() - $2::interval - interval '1 ms' where key = $1",
    [key, interval],
  )
const isStored = async (key: string) =>
  (await builder.database.first('select 1 from idempotency_key where key = $1', [key])) !== null

describe('a request with a key', () => {
  it('is done once, and from then on gets the first response', async () => {
    const session = await builder.session(undefined, pull)
    const key = randomUUID()
    const first = await create(session, request(session, key))
    expect(await create(session, request(session, key))).toEqual(answered(first))
    expect(await create(session, request(session, key, 'another body'))).toEqual({ replay: 'reused' })
    expect(await countTasks(session)).toBe(2)
  })

  it('is done once however many come at once, through any number of processes', async () => {
    const session = await builder.session(undefined, pull)
    const processes = Array.from({ length: 4 }, () => builder.otherProcess())
    await Promise.all(processes.map((stores) => stores.tasks.countTasks(session.tenantId)))
    const key = randomUUID()
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, (_, n) =>
        heard(() => create(session, request(session, key), processes[n % processes.length]!)),
      ),
    )
    const [first, ...more] = outcomes.filter((outcome) => !isReplay(outcome))
    expect(more).toEqual([])
    const others = outcomes.filter(isReplay)
    expect(others).toHaveLength(999)
    const told = answered(first!)
    for (const other of others) expect([told, { replay: 'running' }]).toContainEqual(other)
    expect(await countTasks(session)).toBe(2)
    // Afterwards they are not even in each other's way.
    const late = await Promise.all(processes.map((stores) => create(session, request(session, key), stores)))
    expect(late).toEqual(processes.map(() => told))
  })

  it('finds that it is running while it is, without waiting', async () => {
    const session = await builder.session(undefined, pull)
    const key = randomUUID()
    const reached = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const holding = builder.database.transaction(async (tx) => {
      await tx.run('select 1 from session where id = $1 for update', [session.id])
      reached.resolve()
      await goOn.promise
    })
    await reached.promise
    const both = [builder.stores, builder.otherProcess()].map((stores) =>
      create(session, request(session, key), stores),
    )
    // One waits for the session, and the other one does not.
    expect(await Promise.race(both)).toEqual({ replay: 'running' })
    const other = create(session, request(session, randomUUID()))
    goOn.resolve()
    await holding
    made(await other)
    expect((await Promise.all(both)).filter(isReplay)).toHaveLength(1)
    expect(await countTasks(session)).toBe(4)
  })

  it('leaves nothing when it dies in the middle, and its key is free again', async () => {
    const session = await builder.session(undefined, pull)
    const key = randomUUID()
    let sealed = 0
    const encrypt: StoreBuilder['encryptor']['encrypt'] = (plain, context) => {
      if (++sealed === 3) throw new Error('the answer could not be sealed')
      return builder.encryptor.encrypt(plain, context)
    }
    const stores = builder.storesWith({ encryptor: { encrypt } })
    await expect(create(session, request(session, key), stores)).rejects.toThrow('could not be sealed')
    expect(await countTasks(session)).toBe(0)
    expect(await isStored(key)).toBe(false)
    const given = request(session, key)
    const respond = () => {
      throw new Error('the answer could not be written')
    }
    await expect(create(session, { ...given, respond })).rejects.toThrow('could not be written')
    expect(await countTasks(session)).toBe(0)
    expect(made(await create(session, given))).toHaveLength(2)
  })

  it('that created nothing leaves its key free', async () => {
    const session = await builder.session(undefined, pull)
    const key = randomUUID()
    const elsewhere = { ...session, identifier: 'not-yet-there' }
    expect(await create(elsewhere, request(session, key))).toBe('not_found')
    expect(await isStored(key)).toBe(false)
    expect(made(await create(session, request(session, key, 'another body')))).toHaveLength(2)
  })

  it('gets the first response even when the session takes no more tasks, and never touches the wake limiter', async () => {
    const session = await builder.session()
    await builder.complete((await builder.task(session)).id)
    await builder.stores.wakes.openWakes()
    const limiter = () => builder.database.first('select * from limiter where tenant_id = $1', [session.tenantId])
    const key = randomUUID()
    const first = await create(session, request(session, key))
    expect((made(first) as { gatedUntil: Date }[])[0]!.gatedUntil).not.toBeNull()
    await builder.database.run('update limiter set delay_seconds = 4321, gated_live = 7 where tenant_id = $1', [
      session.tenantId,
    ])
    await builder.database.run("update session set state = 'finishing' where id = $1", [session.id])
    const before = await limiter()
    expect(await create(session, request(session, key))).toEqual(answered(first))
    expect(await limiter()).toEqual(before)
  })

  it("is another tenant's own", async () => {
    const [one, other] = [await builder.session(undefined, pull), await builder.session(undefined, pull)]
    const key = randomUUID()
    const first = await create(one, request(one, key))
    const second = await create(other, request(other, key, 'another body'))
    expect(made(second)).toHaveLength(2)
    expect(await create(one, request(one, key))).toEqual(answered(first))
    expect(await create(other, request(other, key, 'another body'))).toEqual(answered(second))
  })
})

describe('after 48 hours', () => {
  it('a key is as new, by the database’s clock, whether or not the sweep has been', async () => {
    const session = await builder.session(undefined, pull)
    const key = randomUUID()
    const first = await create(session, request(session, key))
    await age(key, '47 hours 59 minutes')
    expect(await create(session, request(session, key))).toEqual(answered(first))
    await age(key, '48 hours')
    const second = await create(session, request(session, key, 'another body'))
    expect(made(second)).toHaveLength(2)
    expect(await create(session, request(session, key, 'another body'))).toEqual(answered(second))
    expect(await countTasks(session)).toBe(4)
  })

  it('the sweep removes the response, and no younger one', async () => {
    const session = await builder.session(undefined, pull)
    const [old, young] = [randomUUID(), randomUUID()]
    for (const key of [old, young]) made(await create(session, request(session, key)))
    await age(old, '48 hours')
    await age(young, '47 hours 59 minutes')
    expect(await builder.stores.idempotency.forgetResponses()).toBe(1)
    expect([await isStored(old), await isStored(young)]).toEqual([false, true])
    expect(await builder.stores.idempotency.forgetResponses()).toBe(0)
  })

  it('the sweep removes many, also when several sweep', async () => {
    const insert = `insert into idempotency_key (scope, key, fingerprint, status, body, created_at)
      select 'many', n::text, '', 201, '', now() - interval '3 days' from generate_series(1, 1700) n`
    await builder.database.run(insert)
    const sweeps = await Promise.all(Array.from({ length: 3 }, () => builder.stores.idempotency.forgetResponses()))
    await builder.stores.idempotency.forgetResponses()
    expect(sweeps.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(500)
    expect(await builder.database.first("select 1 from idempotency_key where scope = 'many'")).toBeNull()
  })
})

describe('what is stored', () => {
  it('is sealed, and bound to its key', async () => {
    const session = await builder.session(undefined, pull)
    const keys = [randomUUID(), randomUUID()]
    const first = made(await create(session, request(session, keys[0]!)))
    made(await create(session, request(session, keys[1]!)))
    const rows = await builder.database.many<{ body: Buffer }>('select body from idempotency_key where key = any($1)', [
      keys,
    ])
    for (const { body } of rows) expect(body.includes(bodyOf(first).subarray(0, 10))).toBe(false)
    await builder.database.run(
      'update idempotency_key set body = (select body from idempotency_key where key = $1) where key = $2',
      keys,
    )
    await expect(create(session, request(session, keys[1]!))).rejects.toThrow()
  })
})
