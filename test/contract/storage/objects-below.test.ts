import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileTwin, s3Twin, type Twin } from '#support/storage/object-stores.ts'
import { putObject, putPart } from '#support/storage/put-object.ts'
import type { ObjectStore } from '#transfer/storage/object-store.ts'

const s3 = await s3Twin()
const twins = [await fileTwin(), ...(s3 ? [s3] : [])]

if (!s3) it.skip('objects on s3: left out by BACKHAUL_TEST_EMBEDDED_ONLY=1', () => {})

describe.each(twins)('what lies below a prefix, on $name,', (twin: Twin) => {
  let store: ObjectStore
  let prefix: string
  beforeEach(() => {
    store = twin.open()
    prefix = `ten_${randomUUID()}`
  })
  afterEach(() => store.close())
  afterAll(() => twin.dispose())

  const put = async (...keys: string[]) => {
    for (const key of keys) await putObject(store, { key, mimeType: 'text/plain' }, Buffer.from(key))
  }
  const begin = async (key: string) => {
    const upload = await store.begin({ key, mimeType: 'text/plain' })
    await putPart(store, upload, { number: 1, offset: 0 }, Buffer.from('a part'))
    return upload
  }
  const there = async (...keys: string[]) => {
    const heads = await Promise.all(keys.map((key) => store.head(key)))
    return keys.filter((_, n) => heads[n] !== null)
  }

  it('is removed at any depth, objects and uploads, whatever their names are', async () => {
    const keys = ['a', 'tasks/1/2', 'files/deep/er/and deeper', 'files/ö&+%41?#.bin'].map((name) => `${prefix}/${name}`)
    await put(...keys)
    const uploads = [await begin(`${prefix}/tasks/1/2`), await begin(`${prefix}/tasks/9`), await begin(`${prefix}/b`)]
    expect(await store.removeBelow(prefix, 100)).toBe(7)
    expect(await there(...keys)).toEqual([])
    for (const upload of uploads) expect(await store.listParts(upload)).toBeNull()
    expect(await store.removeBelow(prefix, 100)).toBe(0)
  })

  it('is all that is removed', async () => {
    const others = [prefix.slice(0, -1), `${prefix}-2/a`, `${prefix}2`, `x/${prefix}/a`]
    await put(...others)
    const uploads = [await begin(`${prefix}-2/a`), await begin(`x/${prefix}/b`)]
    await put(`${prefix}/a`)
    expect(await store.removeBelow(prefix, 100)).toBe(1)
    expect(await there(...others)).toEqual(others)
    for (const upload of uploads) {
      expect(await store.listParts(upload)).toHaveLength(1)
      await store.abort(upload)
    }
  })

  it('goes some at a time, until nothing is left', async () => {
    const keys = Array.from({ length: 7 }, (_, n) => `${prefix}/${n % 2}/${n}`)
    await put(...keys)
    const uploads = [await begin(keys[0]!), await begin(keys[0]!), await begin(`${prefix}/u`)]
    const removed: number[] = []
    do removed.push(await store.removeBelow(prefix, 2))
    while (removed.at(-1)! > 0)
    expect(Math.max(...removed)).toBeLessThanOrEqual(4)
    expect(removed.reduce((sum, count) => sum + count)).toBe(keys.length + uploads.length)
    expect(await there(...keys)).toEqual([])
    for (const upload of uploads) expect(await store.listParts(upload)).toBeNull()
  })

  it('is removed by two at once without harm', async () => {
    const keys = Array.from({ length: 20 }, (_, n) => `${prefix}/${n % 3}/${n}`)
    await put(...keys)
    await begin(`${prefix}/u`)
    const other = twin.open()
    await Promise.all([store, other].map((each) => each.removeBelow(prefix, 100)))
    while ((await store.removeBelow(prefix, 100)) > 0);
    expect(await there(...keys)).toEqual([])
    await other.close()
  })

  it('may be nothing', async () => {
    expect(await store.removeBelow(prefix, 100)).toBe(0)
    await put(prefix)
    expect(await store.removeBelow(prefix, 100)).toBe(0)
    expect(await there(prefix)).toEqual([prefix])
  })
})
