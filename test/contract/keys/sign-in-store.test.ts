import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { mostSignIns } from '#core/keys/rules/sign-in-terms.ts'
import { made, newApiKey } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()
const hour = 3_600_000

async function newOwner(changes: Parameters<typeof newApiKey>[0] = {}) {
  const tenantId = await builder.tenant()
  const key = made(await builder.stores.keys.createApiKey(tenantId, newApiKey({ scopes: ['read'], ...changes })))
  if (typeof key === 'string') throw new Error(key)
  return { tenantId, keyId: key.id }
}
async function signedIn(owner: { tenantId: string; keyId: string }) {
  const hash = randomBytes(32)
  const signIn = await builder.stores.keys.createSignIn(owner, hash)
  if (signIn === null) throw new Error('there is no such tenant')
  return { ...signIn, hash }
}
const find = (hash: Uint8Array, digests: Uint8Array[] = []) => builder.stores.keys.findSignIn(hash, digests)
/** As if it had begun and been used so long ago, in hours. */
const age = (id: string, begun: number, used: number) =>
  builder.database.run(
    `update sign_in set created_at = clock_timestamp() - make_interval(mins => $2),
       last_used_at = clock_timestamp() - make_interval(mins => $3),
       expires_at = least(clock_timestamp() + make_interval(hours => 168, mins => -$2), clock_timestamp() + make_interval(hours => 12, mins => -$3))
     where id = $1`,
    [id, Math.round(begun * 60), Math.round(used * 60)],
  )
const endsIn = async (hash: Uint8Array) => {
  const [found, clock] = await Promise.all([
    find(hash),
    builder.database.first<{ now: Date }>('select clock_timestamp() as now'),
  ])
  return found && (found.signIn.expiresAt.getTime() - clock!.now.getTime()) / hour
}

describe('a sign-in', () => {
  it('is what its key is', async () => {
    const owner = await newOwner({ scopes: ['read', 'admin'], allowedCidrs: ['10.0.0.0/8'] })
    const { id, hash } = await signedIn(owner)
    const key = { ...owner, scopes: ['read', 'admin'], allowedCidrs: ['10.0.0.0/8'], suspended: false }
    expect(await find(hash)).toMatchObject({ signIn: { id }, isStale: false, key })
    expect(await find(randomBytes(32))).toBeNull()
  })

  it.each([
    // Begun, last used, and what is left of it before and after a use, all in hours.
    [0, 0, 12, 12],
    [5, 2, 10, 12],
    [100, 11.9, 0.1, 12],
    [160, 1, 8, 8],
    [167.9, 0, 0.1, 0.1],
    [13, 12.1, null, null],
    [168.1, 0.1, null, null],
  ])('begun %d h ago and used %d h ago ends in %j h, once used in %j h', async (begun, used, left, leftOnceUsed) => {
    const { id, hash } = await signedIn(await newOwner())
    await age(id, begun, used)
    const close = (hours: number | null) => (hours === null ? null : expect.closeTo(hours, 1))
    expect(await endsIn(hash)).toEqual(close(left))
    await builder.stores.keys.noteSignInUse(id)
    expect(await endsIn(hash)).toEqual(close(leftOnceUsed))
  })

  it('has its use written once in a while, and not with each', async () => {
    const { id, hash } = await signedIn(await newOwner())
    const usedAt = async () =>
      (await builder.database.first<{ at: Date }>('select last_used_at as at from sign_in where id = $1', [id]))!.at
    const before = await usedAt()
    await builder.stores.keys.noteSignInUse(id)
    expect(await usedAt()).toEqual(before)
    await age(id, 1, 0.02)
    expect(await find(hash)).toMatchObject({ isStale: true })
    await builder.stores.keys.noteSignInUse(id)
    expect(await find(hash)).toMatchObject({ isStale: false })
  })

  it('ends with its key, however that ends, and no later', async () => {
    const { keys } = builder.stores
    const other = await newOwner({ scopes: ['admin'] })
    const owners = [await newOwner(), await newOwner(), await newOwner(), await newOwner()]
    const [revoked, rotated, expired, overlapping] = owners as [typeof other, typeof other, typeof other, typeof other]
    const signIns = await Promise.all([...owners, other].map(signedIn))
    await keys.revokeApiKey(revoked.tenantId, revoked.keyId)
    const successor = () => ({ hash: randomBytes(32), hint: 'next', createdBy: 'operator' })
    await keys.rotateApiKey(rotated.tenantId, rotated.keyId, successor(), 0)
    await keys.rotateApiKey(overlapping.tenantId, overlapping.keyId, successor(), 3_600)
    await builder.database.run('update api_key set expires_at = clock_timestamp() where id = $1', [expired.keyId])
    const found = await Promise.all(signIns.map(({ hash }) => find(hash)))
    expect(found.map((each) => each !== null)).toEqual([false, false, false, true, true])
    // It says when its key ends, if that is sooner.
    expect(await endsIn(signIns[3]!.hash)).toBeCloseTo(1, 1)
    const ids = signIns.map(({ id }) => id)
    expect(await keys.listLivingSignIns([...ids, 'sgn_unknown'])).toEqual(new Set(ids.slice(3)))
  })

  it('is no more once it was ended, and its key lives on', async () => {
    const owner = await newOwner()
    const [one, two] = [await signedIn(owner), await signedIn(owner)]
    await builder.stores.keys.endSignIn(one.id)
    await builder.stores.keys.endSignIn(one.id)
    expect([await find(one.hash), await builder.stores.keys.wasSignIn(one.hash)]).toEqual([null, false])
    expect(await find(two.hash)).not.toBeNull()
    expect(await builder.stores.keys.listLivingKeys([owner.keyId])).toEqual(new Set([owner.keyId]))
  })

  it('rests with its tenant, and is gone while that is being deleted', async () => {
    const owner = await newOwner()
    const { id, hash } = await signedIn(owner)
    const { tenants, keys } = builder.stores
    await tenants.changeTenant(owner.tenantId, { limiterPolicy: {}, state: 'suspended' })
    expect(await find(hash)).toMatchObject({ key: { suspended: true } })
    expect(await keys.listLivingSignIns([id])).toEqual(new Set())
    await tenants.deleteTenant(owner.tenantId)
    expect(await find(hash)).toBeNull()
    expect(await keys.createSignIn(owner, randomBytes(32))).toBeNull()
  })

  it(`is one of ${mostSignIns} of its key at most: the oldest goes`, async () => {
    const owner = await newOwner()
    const other = await signedIn(await newOwner())
    const all = []
    for (let n = 0; n < mostSignIns + 2; n++) all.push(await signedIn(owner))
    expect(await find(all[1]!.hash)).toBeNull()
    expect(await find(all[2]!.hash)).not.toBeNull()
    expect(await find(other.hash)).not.toBeNull()
  })
})

describe("an operator's sign-in", () => {
  it('lives for as long as its token is among the valid ones', async () => {
    const [hash, digest] = [randomBytes(32), randomBytes(32)]
    const made = await builder.stores.keys.createSignIn({ operatorDigest: digest }, hash)
    expect(await find(hash, [randomBytes(32), digest])).toMatchObject({ signIn: { id: made!.id }, key: null })
    expect(await find(hash, [randomBytes(32)])).toBeNull()
    expect(await find(hash)).toBeNull()
    expect(await builder.stores.keys.wasSignIn(hash)).toBe(true)
  })

  it("is none of a key's, whatever tokens are valid", async () => {
    const owner = await newOwner()
    const { hash } = await signedIn(owner)
    await builder.stores.keys.revokeApiKey(owner.tenantId, owner.keyId)
    expect(await find(hash, [hash, randomBytes(32)])).toBeNull()
  })
})

describe('a link that signs in', () => {
  it('is used once, however many come with it at the same time', async () => {
    const owner = await newOwner()
    const link = randomBytes(32)
    const { keys } = builder.stores
    await keys.createSignInLink(owner, link)
    expect(await keys.findKeyOfLink(link)).toMatchObject(owner)
    const processes = Array.from({ length: 4 }, () => builder.otherProcess())
    const all = await Promise.all(
      [...processes, ...processes].map((each) => each.keys.createSignIn(owner, randomBytes(32), link)),
    )
    expect(all.filter((each) => each !== null)).toHaveLength(1)
    expect(await keys.findKeyOfLink(link)).toBeNull()
  })

  it('is over after a quarter of an hour, and with its key', async () => {
    const [late, dead] = [await newOwner(), await newOwner()]
    const [lateLink, deadLink] = [randomBytes(32), randomBytes(32)]
    const { keys } = builder.stores
    await keys.createSignInLink(late, lateLink)
    await keys.createSignInLink(dead, deadLink)
    await keys.revokeApiKey(dead.tenantId, dead.keyId)
    expect(await keys.findKeyOfLink(deadLink)).toBeNull()
    const inMinutes = (minutes: number) =>
      builder.database.run(
        'update sign_in_link set expires_at = expires_at - make_interval(mins => $2) where hash = $1',
        [lateLink, minutes],
      )
    await inMinutes(14)
    expect(await keys.findKeyOfLink(lateLink)).not.toBeNull()
    await inMinutes(1)
    expect(await keys.findKeyOfLink(lateLink)).toBeNull()
    expect(await keys.createSignIn(late, randomBytes(32), lateLink)).toBeNull()
  })
})

describe('the sweep', () => {
  it('removes links that are over, and sign-ins when no browser has their cookie any more', async () => {
    const owner = await newOwner()
    const [ended, gone, living] = [await signedIn(owner), await signedIn(owner), await signedIn(owner)]
    const [over, open] = [randomBytes(32), randomBytes(32)]
    const { keys } = builder.stores
    await keys.createSignInLink(owner, over)
    await keys.createSignInLink(owner, open)
    await builder.database.run(
      'update sign_in_link set expires_at = created.at from (select clock_timestamp() as at) created where hash = $1',
      [over],
    )
    await age(ended.id, 24 * 7.5, 30)
    await age(gone.id, 24 * 8.1, 30)
    await keys.sweepSignIns()
    const kept = await Promise.all([ended, gone, living].map(({ hash }) => keys.wasSignIn(hash)))
    expect(kept).toEqual([true, false, true])
    const links = await builder.database.many<{ hash: Buffer }>('select hash from sign_in_link where tenant_id = $1', [
      owner.tenantId,
    ])
    expect(links).toEqual([{ hash: open }])
  })
})
