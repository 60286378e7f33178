import { describe, expect, it, onTestFinished } from 'vitest'
import { openAnnouncer } from '#core/database/listen.ts'
import { createKeyWatch } from '#core/keys/watch-keys.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { made, newApiKey } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
const silent = { info() {}, warn() {}, error() {} }
const deaf = { on: () => () => {} }

async function newKey() {
  const tenantId = await builder.tenant()
  const key = made(await builder.stores.keys.createApiKey(tenantId, newApiKey({ scopes: ['read'] })))
  if (typeof key === 'string') throw new Error(key)
  return { tenantId, id: key.id }
}

/** A process that watches keys, with the number of its looks and the keys of the last one. */
function startWatch(announcer: Parameters<typeof createKeyWatch>[0]['announcer'] = deaf) {
  const { keys } = builder.otherProcess()
  const looks: (readonly string[])[] = []
  const listLivingKeys = (ids: readonly string[]) => {
    looks.push(ids)
    return keys.listLivingKeys(ids)
  }
  const watch = createKeyWatch({ stores: { keys: { ...keys, listLivingKeys } }, announcer, log: silent })
  const ended: string[] = []
  const stops: (() => void)[] = []
  onTestFinished(() => {
    for (const stop of stops) stop()
  })
  const follow = ({ id }: { id: string }, name = id) => {
    const stop = watch.watch({ keyId: id, signInId: null }, () => ended.push(name))
    stops.push(stop)
    return stop
  }
  return { follow, ended, looks }
}

describe('what is open', () => {
  it('ends with its key at once, by the announcement, in every process', async () => {
    const announcer = await openAnnouncer(builder.connectionString, silent)
    onTestFinished(() => announcer.close())
    const [revoked, rotated, other] = [await newKey(), await newKey(), await newKey()]
    const { follow, ended } = startWatch(announcer)
    follow(revoked, 'one')
    follow(revoked, 'two')
    follow(rotated, 'rotated')
    follow(other, 'other')
    const { keys } = builder.otherProcess()
    await keys.revokeApiKey(revoked.tenantId, revoked.id)
    await eventually('both have ended', () => ended.length === 2, { withinMs: 2_500 })
    const successor = { hash: new Uint8Array(32), hint: '', createdBy: 'operator' }
    await keys.rotateApiKey(rotated.tenantId, rotated.id, successor, 0)
    await eventually('it has ended', () => ended.length === 3, { withinMs: 2_500 })
    expect(ended.toSorted()).toEqual(['one', 'rotated', 'two'])
  })

  it('ends within 5 s without an announcement, once, by one query for all keys', async () => {
    const [revoked, expired, other] = [await newKey(), await newKey(), await newKey()]
    const { follow, ended, looks } = startWatch()
    for (const key of [revoked, expired, expired, other]) follow(key)
    await builder.stores.keys.revokeApiKey(revoked.tenantId, revoked.id)
    await builder.database.run('update api_key set expires_at = clock_timestamp() where id = $1', [expired.id])
    await eventually('all have ended', () => ended.length === 3, { withinMs: 5_000 })
    expect(ended.toSorted()).toEqual([revoked.id, expired.id, expired.id].toSorted())
    expect(looks).toEqual([[revoked.id, expired.id, other.id]])
    await eventually('it looks again', () => looks.length === 2, { withinMs: 10_000 })
    expect(looks[1]).toEqual([other.id])
    expect(ended).toHaveLength(3)
  })

  it('ends with the sign-in that it came by, or with the key of that, but not with another sign-in', async () => {
    const announcer = await openAnnouncer(builder.connectionString, silent)
    onTestFinished(() => announcer.close())
    const key = await newKey()
    const { keys } = builder.otherProcess()
    const owner = { tenantId: key.tenantId, keyId: key.id }
    const newSignIn = async (n: number) => (await keys.createSignIn(owner, new Uint8Array(32).fill(n)))!.id
    const [out, expired, other] = [await newSignIn(1), await newSignIn(2), await newSignIn(3)]
    const watch = createKeyWatch({ stores: { keys }, announcer, log: silent })
    const ended: string[] = []
    for (const signInId of [out, expired, other, null]) {
      const stop = watch.watch({ keyId: key.id, signInId }, () => ended.push(signInId ?? key.id))
      onTestFinished(stop)
    }
    await builder.otherProcess().keys.endSignIn(out)
    await eventually('it has ended', () => ended.length === 1, { withinMs: 2_500 })
    await builder.database.run('update sign_in set expires_at = clock_timestamp() where id = $1', [expired])
    await eventually('the next has ended', () => ended.length === 2, { withinMs: 5_000 })
    expect(ended).toEqual([out, expired])
    await keys.revokeApiKey(key.tenantId, key.id)
    await eventually('all have ended', () => ended.length === 4, { withinMs: 2_500 })
  })

  it('is not told when it has ended by itself', async () => {
    const [key, other] = [await newKey(), await newKey()]
    const { follow, ended, looks } = startWatch()
    follow(key)()
    follow(other)
    await builder.stores.keys.revokeApiKey(key.tenantId, key.id)
    await eventually('it was looked', () => looks.length > 0, { withinMs: 10_000 })
    expect([looks[0], ended]).toEqual([[other.id], []])
  })
})
