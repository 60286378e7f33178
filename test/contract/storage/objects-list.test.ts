import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileTwin, s3Twin, type Twin } from '#support/storage/object-stores.ts'
import { putObject, putPart } from '#support/storage/put-object.ts'
import type { ObjectStore } from '#transfer/storage/object-store.ts'

const s3 = await s3Twin()
const twins = [await fileTwin(), ...(s3 ? [s3] : [])]

if (!s3) it.skip('objects on s3: left out by BACKHAUL_TEST_EMBEDDED_ONLY=1', () => {})

describe.each(twins)('the list of what is stored, on $name,', (twin: Twin) => {
  let store: ObjectStore
  let prefix: string
  beforeEach(() => {
    store = twin.open()
    prefix = `ten_${randomUUID()}/`
  })
  afterEach(() => store.close())
  afterAll(() => twin.dispose())

  const put = async (...keys: string[]) => {
    for (const key of keys) await putObject(store, { key, mimeType: 'text/plain' }, Buffer.from(key))
  }
  const begin = async (key: string) => {
    const upload = await store.begin({ key, mimeType: 'text/plain' })
    await putPart(store, upload, { number: 1, offset: 0 }, Buffer.from('a part'))
    return { key, uploadId: upload.uploadId }
  }
  async function allObjects(most: number): Promise<{ key: string; bytes: number; modifiedAt: Date }[]> {
    const found = []
    for (let after: string | null = null; ; ) {
      const page = await store.listObjects(prefix, after, most)
      expect(page.objects.length).toBeLessThanOrEqual(most)
      found.push(...page.objects)
      if (page.next === null) return found
      after = page.next
    }
  }
  async function allUploads(most: number): Promise<{ key: string; uploadId: string }[]> {
    const found = []
    for (let after: string | null = null; ; ) {
      const page = await store.listUploads(prefix, after, most)
      expect(page.uploads.length).toBeLessThanOrEqual(most)
      found.push(...page.uploads.map(({ key, uploadId }) => ({ key, uploadId })))
      if (page.next === null) return found
      after = page.next
    }
  }

  it.each([1, 2, 3, 100])('has every object once, in pages of %d, with its size and time', async (most) => {
    const names = ['a', 'a.b', 'a-b/c', 'b/a', 'b/a.b/c', 'b/b', 'tasks/1/2', 'files/ö&+%41?#.bin', 'c']
    const keys = names.map((name) => `${prefix}${name}`)
    const beganAt = Date.now()
    await put(...keys)
    await put(`${prefix.slice(0, -1)}-2/other`)
    const found = await allObjects(most)
    expect(found.map(({ key }) => key).toSorted()).toEqual(keys.toSorted())
    for (const { key, bytes, modifiedAt } of found) {
      expect(bytes).toBe(Buffer.byteLength(key))
      // S3 tells whole seconds.
      expect(modifiedAt.getTime()).toBeGreaterThan(beganAt - 5_000)
      expect(modifiedAt.getTime()).toBeLessThan(Date.now() + 5_000)
    }
  })

  it.each([1, 2, 100])('has every unfinished upload once, in pages of %d', async (most) => {
    const begun = [await begin(`${prefix}a`), await begin(`${prefix}a`), await begin(`${prefix}tasks/1/2`)]
    const order = (list: { key: string; uploadId: string }[]) =>
      list.map(({ key, uploadId }) => `${key} ${uploadId}`).toSorted()
    expect(order(await allUploads(most))).toEqual(order(begun))
    expect(await allObjects(most)).toEqual([])
    for (const upload of begun) await store.abort(upload)
    expect(await allUploads(most)).toEqual([])
  })

  it('goes on behind a page whose objects were removed', async () => {
    await put(...['a', 'b', 'c', 'd/e', 'd/f'].map((name) => `${prefix}${name}`))
    const first = await store.listObjects(prefix, null, 2)
    for (const { key } of first.objects) await store.remove(key)
    const second = await store.listObjects(prefix, first.next, 100)
    expect(second.objects.map(({ key }) => key.slice(prefix.length)).toSorted()).toEqual(['c', 'd/e', 'd/f'])
  })
})
