import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ApiKey } from '#core/keys/key-store.ts'
import { made, newApiKey } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

/** A new key of a tenant; its text's hash is there to find it by. */
async function newKey(changes: Parameters<typeof newApiKey>[0] = {}, tenantId?: string) {
  const given = newApiKey({ scopes: ['read'], ...changes })
  const owner = tenantId ?? (await builder.tenant())
  const key = made(await builder.stores.keys.createApiKey(owner, given))
  if (typeof key === 'string') throw new Error(key)
  return { ...key, tenantId: owner, hash: given.hash }
}
const successor = () => ({ hash: randomBytes(32), hint: 'next', createdBy: 'operator' })
const rotate = async ({ tenantId, id }: { tenantId: string; id: string }, overlapSeconds: number) =>
  made(await builder.stores.keys.rotateApiKey(tenantId, id, successor(), overlapSeconds))
const rotated = async (key: { tenantId: string; id: string }, overlapSeconds: number): Promise<ApiKey> => {
  const result = await rotate(key, overlapSeconds)
  if (typeof result === 'string') throw new Error(result)
  return result
}
const find = async ({ tenantId, id }: { tenantId: string; id: string }) =>
  (await builder.stores.keys.findApiKey(tenantId, id))!
const now = async () => (await builder.database.first<{ now: Date }>('select clock_timestamp() as now'))!.now.getTime()
const expire = ({ id }: { id: string }) =>
  builder.database.run("update api_key set expires_at = clock_timestamp() - interval '1 ms' where id = $1", [id])

describe('a revoked key', () => {
  it('is found no more, and stays revoked since then', async () => {
    const key = await newKey()
    const { keys } = builder.stores
    expect(await keys.findKey(key.hash)).toMatchObject({ keyId: key.id, tenantId: key.tenantId, scopes: ['read'] })
    expect(await keys.revokeApiKey(key.tenantId, key.id)).toBe('revoked')
    expect(await keys.findKey(key.hash)).toBeNull()
    const { revokedAt } = await find(key)
    expect(await keys.revokeApiKey(key.tenantId, key.id)).toBe('revoked')
    expect((await find(key)).revokedAt).toEqual(revokedAt)
    expect(await keys.listLivingKeys([key.id])).toEqual(new Set())
  })

  it("is none of another tenant's", async () => {
    const key = await newKey()
    const stranger = await builder.tenant()
    const { keys } = builder.stores
    expect(await keys.revokeApiKey(stranger, key.id)).toBe('not_found')
    expect(await rotate({ tenantId: stranger, id: key.id }, 0)).toBe('not_found')
    expect(await keys.findApiKey(stranger, key.id)).toBeNull()
    expect(await keys.findKey(key.hash)).not.toBeNull()
  })
})

describe('a rotated key', () => {
  it('has a successor like itself, and ends with the overlap', async () => {
    const expiresAt = new Date(Date.now() + 40 * 86_400_000)
    const key = await newKey({ name: 'mirror', scopes: ['read', 'write'], allowedCidrs: ['10.0.0.0/8'], expiresAt })
    const before = await now()
    const next = await rotated(key, 3_600)
    const like = { name: 'mirror', scopes: ['read', 'write'], allowedCidrs: ['10.0.0.0/8'], expiresAt }
    expect(next).toMatchObject({ ...like, hint: 'next', revokedAt: null, replacedBy: null, lastUsedAt: null })
    const old = await find(key)
    expect(old).toMatchObject({ replacedBy: next.id, revokedAt: null })
    expect(old.expiresAt!.getTime()).toBeGreaterThanOrEqual(before + 3_600_000 - 1)
    expect(old.expiresAt!.getTime()).toBeLessThanOrEqual((await now()) + 3_600_000)
    expect(await builder.stores.keys.findKey(key.hash)).not.toBeNull()
  })

  it('does not outlive its own expiry', async () => {
    const expiresAt = new Date(Date.now() + 60_000)
    const key = await newKey({ expiresAt })
    const next = await rotated(key, 86_400)
    expect((await find(key)).expiresAt).toEqual(expiresAt)
    expect(next.expiresAt).toEqual(expiresAt)
  })

  it('ends at once without an overlap', async () => {
    const key = await newKey()
    const next = await rotated(key, 0)
    expect(await builder.stores.keys.findKey(key.hash)).toBeNull()
    expect(next.expiresAt).toBeNull()
  })

  it('is not rotated when it has ended, or was rotated before', async () => {
    const [revoked, expired, replaced] = [await newKey(), await newKey(), await newKey()]
    await builder.stores.keys.revokeApiKey(revoked.tenantId, revoked.id)
    await expire(expired)
    await rotated(replaced, 60)
    expect(await rotate(revoked, 60)).toBe('revoked')
    expect(await rotate(expired, 60)).toBe('expired')
    expect(await rotate(replaced, 60)).toBe('replaced')
    for (const { tenantId } of [revoked, expired])
      expect((await builder.stores.keys.listApiKeys(tenantId, { limit: 9, cursor: undefined }))!.data).toHaveLength(2)
  })

  it('has one successor, however many rotate it at a time', async () => {
    const key = await newKey()
    const processes = Array.from({ length: 4 }, () => builder.otherProcess())
    const results = await Promise.all(
      [...processes, ...processes].map(({ keys }) => keys.rotateApiKey(key.tenantId, key.id, successor(), 60)),
    )
    expect(results.filter((result) => result !== 'replaced')).toMatchObject([{ name: 'key' }])
  })
})

describe('the last living key with scope admin', () => {
  const admin = { scopes: ['admin'] as const satisfies string[] }

  it('is not revoked, whatever other keys there are', async () => {
    const last = await newKey({ scopes: [...admin.scopes] })
    const { tenantId } = last
    await newKey({ scopes: ['read', 'write', 'foreground'] }, tenantId)
    const expired = await newKey({ scopes: ['admin'] }, tenantId)
    const revoked = await newKey({ scopes: ['admin'] }, tenantId)
    const { keys } = builder.stores
    expect(await keys.revokeApiKey(tenantId, revoked.id)).toBe('revoked')
    await expire(expired)
    expect(await keys.revokeApiKey(tenantId, last.id)).toBe('last_admin_key')
    expect(await keys.findKey(last.hash)).not.toBeNull()
    // What has ended already is revoked all the same.
    expect(await keys.revokeApiKey(tenantId, expired.id)).toBe('revoked')
    const next = await rotated(last, 0)
    expect(await keys.revokeApiKey(tenantId, last.id)).toBe('revoked')
    expect(await keys.revokeApiKey(tenantId, next.id)).toBe('last_admin_key')
  })

  it('lives on when eight processes revoke and rotate all of them at once', async () => {
    const processes = Array.from({ length: 8 }, () => builder.otherProcess())
    for (let round = 0; round < 8; round++) {
      const tenantId = await builder.tenant()
      const all = await Promise.all(Array.from({ length: 8 }, () => newKey({ scopes: ['admin'] }, tenantId)))
      const outcomes = await Promise.all(
        all.map(({ id }, n) =>
          n % 4 === 3
            ? processes[n]!.keys.rotateApiKey(tenantId, id, successor(), 0)
            : processes[n]!.keys.revokeApiKey(tenantId, id),
        ),
      )
      const { data } = (await builder.stores.keys.listApiKeys(tenantId, { limit: 50, cursor: undefined }))!
      const living = data.filter(({ scopes, revokedAt, expiresAt }) => {
        return scopes.includes('admin') && revokedAt === null && expiresAt === null
      })
      // Two successors: nothing had to be refused.
      expect(outcomes).not.toContain('last_admin_key')
      expect(living).toHaveLength(2)
      const ends = await Promise.all(
        [...living, ...living].map(({ id }, n) => processes[n]!.keys.revokeApiKey(tenantId, id)),
      )
      expect(ends).toContain('last_admin_key')
      const left = await builder.stores.keys.listLivingKeys(living.map(({ id }) => id))
      expect(left.size).toBe(1)
    }
  })
})

describe('the last use of a key', () => {
  it('moves forward by a step, and never back', async () => {
    const key = await newKey()
    const other = await newKey()
    const { keys } = builder.stores
    const usedAgo = async (agoMs: number) => {
      await keys.noteUses([
        { keyId: key.id, agoMs },
        { keyId: 'key_unknown', agoMs: 0 },
      ])
      return (await now()) - (await find(key)).lastUsedAt!.getTime()
    }
    expect((await find(key)).lastUsedAt).toBeNull()
    expect(await usedAgo(300_000)).toBeGreaterThanOrEqual(300_000)
    expect(await usedAgo(400_000)).toBeLessThan(400_000)
    expect(await usedAgo(295_000)).toBeGreaterThanOrEqual(300_000)
    expect(await usedAgo(100_000)).toBeLessThan(200_000)
    expect((await find(other)).lastUsedAt).toBeNull()
  })

  it('is written by many processes for the same keys without a deadlock', async () => {
    const all = await Promise.all(Array.from({ length: 40 }, () => newKey()))
    const processes = Array.from({ length: 6 }, () => builder.otherProcess())
    for (let round = 6; round > 0; round--) {
      const uses = all.map(({ id }) => ({ keyId: id, agoMs: round * 100_000 }))
      await Promise.all(processes.map(({ keys }, n) => keys.noteUses(n % 2 === 0 ? uses : uses.toReversed())))
    }
    for (const key of all) expect((await now()) - (await find(key)).lastUsedAt!.getTime()).toBeLessThan(200_000)
  })
})

describe('a list of keys', () => {
  it('has all of the tenant, page by page, and nothing of nobody', async () => {
    const tenantId = await builder.tenant()
    for (let n = 0; n < 4; n++) await newKey({ name: `${n}` }, tenantId)
    const { keys } = builder.stores
    const names: string[] = []
    let cursor: string | undefined
    do {
      const page = (await keys.listApiKeys(tenantId, { limit: 2, cursor }))!
      names.push(...page.data.map(({ name }) => name))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    expect(names).toEqual(['key', '0', '1', '2', '3'])
    expect(await keys.listApiKeys('ten_unknown', { limit: 2, cursor: undefined })).toBeNull()
  })
})
