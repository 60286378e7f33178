import { randomBytes, randomUUID } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileTwin, s3Twin, type Twin } from '#support/storage/object-stores.ts'
import { putObject, putPart } from '#support/storage/put-object.ts'
import type { LinkOptions, ObjectSpec, ObjectStore } from '#transfer/storage/object-store.ts'

const s3 = await s3Twin()
const twins = [await fileTwin(), ...(s3 ? [s3] : [])]

if (!s3) it.skip('objects on s3: left out by BACKHAUL_TEST_EMBEDDED_ONLY=1', () => {})

describe.each(twins)('objects on $name', (twin: Twin) => {
  let store: ObjectStore
  let key: string
  beforeEach(() => {
    store = twin.open()
    key = `tenants/ten_1/${randomUUID()}/file.bin`
  })
  afterEach(() => store.close())
  afterAll(() => twin.dispose())

  const spec = (name = key) => ({ key: name, mimeType: 'application/gzip' })
  const contents = async (name = key) => {
    const link = await store.link(name, { expiresInSeconds: 60, filename: 'f', mimeType: 'application/octet-stream' })
    return (await twin.follow(link)).body
  }

  it('can be used, and says so', async () => {
    await expect(store.check()).resolves.toBeUndefined()
  })

  describe('whole objects', () => {
    it('are there, byte for byte, once put', async () => {
      const body = randomBytes(100_000)
      await putObject(store, spec(), body)
      expect(await store.head(key)).toEqual({ bytes: 100_000 })
      expect(await contents()).toEqual(body)
    })

    it('may have no bytes', async () => {
      await putObject(store, spec(), new Uint8Array())
      expect(await store.head(key)).toEqual({ bytes: 0 })
      expect(await contents()).toHaveLength(0)
    })

    it('are replaced by another put', async () => {
      await putObject(store, spec(), Buffer.from('a long first version'))
      await putObject(store, spec(), Buffer.from('second'))
      expect((await contents()).toString()).toBe('second')
      expect(await store.head(key)).toEqual({ bytes: 6 })
    })

    it('are one of the versions, whole, when several are put at once', async () => {
      const versions = Array.from({ length: 6 }, (_, n) => Buffer.alloc(200_000, n))
      await Promise.all(versions.map((body) => putObject(store, spec(), body)))
      const found = await contents()
      expect(versions.some((body) => body.equals(found))).toBe(true)
    })

    it('are absent, not an error, where there are none', async () => {
      expect(await store.head(key)).toBeNull()
      await putObject(store, spec(), Buffer.from('x'))
      expect(await store.head(key.slice(0, key.lastIndexOf('/')))).toBeNull()
      expect(await store.head(`${key}/below`)).toBeNull()
    })

    it('are gone once removed, and removing nothing is harmless', async () => {
      await putObject(store, spec(), Buffer.from('x'))
      await store.remove(key)
      expect(await store.head(key)).toBeNull()
      await store.remove(key)
      await store.remove(`${key}/below`)
    })

    it('come and go beside each other without harm', async () => {
      const keys = Array.from({ length: 40 }, (_, n) => `tenants/${key.split('/')[2]}/${n % 4}/${n}`)
      await Promise.all(
        keys.map(async (name, n) => {
          await putObject(store, spec(name), Buffer.from(name))
          if (n % 2) await store.remove(name)
        }),
      )
      const found = await Promise.all(keys.map((name) => store.head(name)))
      expect(found.map((object) => object !== null)).toEqual(keys.map((_, n) => n % 2 === 0))
    })

    it('may have any printable name', async () => {
      for (const name of [
        'sp ace',
        'ünïcödé',
        '日本語',
        'quo\'te"s',
        'per%20cent',
        'plus+plus',
        '#hash?query&',
        '~',
        '..a',
        '-rf',
      ]) {
        const odd = `${key}-odd/${name}`
        await putObject(store, spec(odd), Buffer.from(name))
        expect((await contents(odd)).toString(), name).toBe(name)
        expect(await store.copy(odd, `${key}-copied/${name}`), name).toBe(true)
        expect((await contents(`${key}-copied/${name}`)).toString(), name).toBe(name)
      }
    })
  })

  describe('keys that could lead elsewhere', () => {
    const wrong = [
      '',
      '/',
      '/etc/passwd',
      '../x',
      'a/../../x',
      'a/..',
      '.',
      './a',
      'a//b',
      'a/',
      'a\0b',
      'a\nb',
      'a\\..\\b',
      '\ud800',
    ]
    const tooLong = ['a'.repeat(256), `${'a/'.repeat(512)}a`, 'ä'.repeat(128)]
    it.each([...wrong, ...tooLong])('are refused by every call: %j', async (bad) => {
      const upload = { key: bad, uploadId: randomUUID() }
      const part = { number: 1, bytes: 1, receipt: 'r' }
      await putObject(store, spec(), Buffer.from('x'))
      const calls: (() => Promise<unknown>)[] = [
        () => putObject(store, spec(bad), Buffer.from('x')),
        () => store.begin(spec(bad)),
        () => store.complete(upload, [part]),
        () => store.head(bad),
        () => store.copy(bad, key),
        () => store.copy(key, bad),
        () => store.remove(bad),
        () => store.link(bad, { expiresInSeconds: 60, filename: 'f', mimeType: 'text/plain' }),
      ]
      for (const call of calls)
        await expect(call(), call.toString()).rejects.toThrow(new RangeError('not an object key'))
    })
  })

  describe('copying', () => {
    it('leaves two objects that are independent of each other', async () => {
      const to = `${key}-copy/deep/er`
      await putObject(store, spec(), Buffer.from('original'))
      expect(await store.copy(key, to)).toBe(true)
      await putObject(store, spec(), Buffer.from('changed'))
      expect((await contents(to)).toString()).toBe('original')
      await store.remove(key)
      expect((await contents(to)).toString()).toBe('original')
    })

    it('again, after a crash, finds its own work', async () => {
      const to = `${key}-copy`
      await putObject(store, spec(), Buffer.from('original'))
      expect(await store.copy(key, to)).toBe(true)
      expect(await twin.open().copy(key, to)).toBe(true)
      expect((await contents(to)).toString()).toBe('original')
    })

    it('stops at its signal and leaves nothing', async () => {
      await putObject(store, spec(), Buffer.from('original'))
      const enough = new Error('enough')
      await expect(store.copy(key, `${key}-copy`, AbortSignal.abort(enough))).rejects.toBe(enough)
      expect(await store.head(`${key}-copy`)).toBeNull()
    })

    it('works for an object that arrived in parts', async () => {
      const upload = await store.begin(spec())
      const receipt = await putPart(store, upload, { number: 1, offset: 0 }, Buffer.from('parts'))
      await store.complete(upload, [{ number: 1, bytes: 5, receipt }])
      expect(await store.copy(key, `${key}-copy`)).toBe(true)
      expect(await store.copy(key, `${key}-copy`)).toBe(true)
      expect((await contents(`${key}-copy`)).toString()).toBe('parts')
    })

    it('never overwrites something else, not even with the same bytes', async () => {
      const to = `${key}-copy`
      await putObject(store, spec(), Buffer.from('mine'))
      for (const theirs of ['hers', 'mine']) {
        await putObject(store, spec(to), Buffer.from(theirs))
        expect(await store.copy(key, to), theirs).toBe(false)
        expect((await contents(to)).toString()).toBe(theirs)
      }
      expect((await contents()).toString()).toBe('mine')
    })

    it('to itself changes nothing', async () => {
      await putObject(store, spec(), Buffer.from('x'))
      expect(await store.copy(key, key)).toBe(true)
      expect((await contents()).toString()).toBe('x')
    })

    it('of nothing is refused', async () => {
      await expect(store.copy(key, `${key}-copy`)).rejects.toThrow(new RangeError('there is no object to copy'))
      expect(await store.head(`${key}-copy`)).toBeNull()
    })
  })

  describe('links', () => {
    const body = randomBytes(10_000)
    const link = (more: Partial<LinkOptions> = {}) => linkTo(key, more)
    const linkTo = (at: string, more: Partial<LinkOptions> = {}) =>
      store.link(at, { expiresInSeconds: 60, filename: 'data.tar.gz', mimeType: 'application/gzip', ...more })
    beforeEach(() => putObject(store, { key, mimeType: 'text/html' }, body))

    it('serve the object as a download of the type and name asked for', async () => {
      const served = await twin.follow(await link())
      expect(served.status).toBe(200)
      expect(served.body.equals(body)).toBe(true)
      expect(served.mimeType).toBe('application/gzip')
      expect(served.disposition).toBe('attachment; filename="data.tar.gz"')
    })

    it('serve a range', async () => {
      const served = await twin.follow(await link(), [100, 299])
      expect(served.status).toBe(206)
      expect(served.body.equals(body.subarray(100, 300))).toBe(true)
    })

    it.each([
      ['say "hi".txt', `attachment; filename="say _hi_.txt"; filename*=UTF-8''say%20%22hi%22.txt`],
      ['naïve 日本.txt', `attachment; filename="na_ve __.txt"; filename*=UTF-8''na%C3%AFve%20%E6%97%A5%E6%9C%AC.txt`],
      ['a\r\nSet-Cookie: x', 'attachment; filename="a__Set-Cookie: x"'],
    ])('carry the name %j safely', async (filename, disposition) => {
      expect((await twin.follow(await link({ filename }))).disposition).toBe(disposition)
    })

    it.each([
      ['whole', (object: ObjectSpec) => putObject(store, object, gzipSync(body))],
      [
        'in parts',
        async (object: ObjectSpec) => {
          const upload = await store.begin(object)
          const packed = gzipSync(body)
          const receipt = await putPart(store, upload, { number: 1, offset: 0 }, packed)
          await store.complete(upload, [{ number: 1, bytes: packed.length, receipt }])
        },
      ],
      [
        'by a copy',
        async (object: ObjectSpec) => {
          await putObject(store, { ...object, key: `${key}-first` }, gzipSync(body))
          expect(await store.copy(`${key}-first`, object.key)).toBe(true)
        },
      ],
    ])('serve an object that is in a content coding with it: stored %s', async (_, store) => {
      const coded = { key: `${key}-coded`, mimeType: 'text/html', contentEncoding: 'gzip' }
      await store(coded)
      const served = await twin.follow(await linkTo(coded.key, { contentEncoding: 'gzip' }))
      expect(served.contentEncoding).toBe('gzip')
      // fetch decodes it.
      expect((twin.name === 's3' ? served.body : gunzipSync(served.body)).equals(body)).toBe(true)
      expect((await twin.follow(await link())).contentEncoding).toBeNull()
    })

    it('serve nothing once the object is gone', async () => {
      const address = await link()
      await store.remove(key)
      expect((await twin.follow(address)).status).toBe(404)
    })
  })
})
