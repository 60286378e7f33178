import { beforeEach, describe, expect, it } from 'vitest'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import type { TestTenant } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'
import { putObject } from '#support/storage/put-object.ts'
import type { TaskResponse } from '#transfer/http/rules/transaction.ts'

let tenant: TestTenant
let id: string
let nowMs = () => Date.now()
const api = useApi({ nowMs: () => nowMs() })
beforeEach(async () => {
  nowMs = Date.now
  tenant = await api.tenant()
  id = await newTask(tenant, await newSession(tenant))
})

const file = (verb: string, body?: unknown) => tenant.call('POST', `/v1/tasks/${id}/file/${verb}`, body)
const link = () => tenant.call('GET', `/v1/tasks/${id}/file`)
const served = async (headers: Record<string, string> = {}, method = 'GET') =>
  api.call(method, String((await link()).headers.location), { headers })

describe('before there is a file', () => {
  it('says so on every route', async () => {
    const responses = [
      await link(),
      await file('keep'),
      await file('move', { key: 'a' }),
      await file('renew', { seconds: 60 }),
      await file('release'),
    ]
    for (const { json } of responses) expect(json).toMatchObject({ status: 409, code: 'file_not_available' })
  })

  it('says whether there will be one', async () => {
    expect((await link()).json.detail).toContain('waitingFor says why')
    await tenant.call('POST', `/v1/tasks/${id}/cancel`, {})
    expect((await link()).json.detail).toContain('was canceled, so it will never have a file')
  })
})

describe('the link', () => {
  beforeEach(() => finish(api, tenant, id, '0123456789'))

  it('is a redirect that nobody caches, for HEAD as well', async () => {
    const { status, headers } = await link()
    expect(status).toBe(302)
    expect(headers.location).toMatch(/^\/files\//)
    expect(headers['cache-control']).toBe('no-store')
    const head = await tenant.call('HEAD', `/v1/tasks/${id}/file`)
    expect(head.status).toBe(302)
    expect(head.text).toBe('')
  })

  it('serves the bytes as a download that no browser renders', async () => {
    const { status, text, headers } = await served()
    expect(status).toBe(200)
    expect(text).toBe('0123456789')
    expect(headers['content-type']).toBe('text/html')
    expect(headers['content-disposition']).toMatch(/^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''na%C3%AFve/)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-security-policy']).toContain('sandbox')
    expect(headers['accept-ranges']).toBe('bytes')
    expect(headers.etag).toMatch(/^"[^"]+"$/)
  })

  it('serves bytes in a content coding as such, a part of them and a refusal too', async () => {
    const session = await newSession(tenant)
    const coded = async (said: Partial<TaskResponse>, headers: Record<string, string> = {}) => {
      const task = await newTask(tenant, session)
      await finish(api, tenant, task, '0123456789', { contentEncoding: 'gzip', ...said })
      const { headers: linked } = await tenant.call('GET', `/v1/tasks/${task}/file`)
      return await api.call('GET', String(linked.location), { headers })
    }
    expect((await coded({})).headers['content-encoding']).toBe('gzip')
    const part = await coded({}, { range: 'bytes=2-4' })
    expect(part).toMatchObject({ status: 206, text: '234' })
    expect(part.headers['content-encoding']).toBe('gzip')
    const beyond = await coded({}, { range: 'bytes=10-' })
    expect(beyond.json).toMatchObject({ status: 416, code: 'range_not_satisfiable' })
    expect(beyond.headers['content-encoding']).toBeUndefined()
    // The file is the packed one.
    expect((await coded({ suggestedFilename: 'a.tar.gz' })).headers['content-encoding']).toBeUndefined()
    expect((await coded({ mimeType: 'application/gzip' })).headers['content-encoding']).toBeUndefined()
  })

  it('serves a range, refuses one that is not there, and answers HEAD', async () => {
    const range = await served({ range: 'bytes=2-4' })
    expect(range).toMatchObject({ status: 206, text: '234' })
    expect(range.headers['content-range']).toBe('bytes 2-4/10')
    const beyond = await served({ range: 'bytes=10-' })
    expect(beyond.json).toMatchObject({ status: 416, code: 'range_not_satisfiable' })
    expect(beyond.headers['content-range']).toBe('bytes */10')
    const etag = String(range.headers.etag)
    expect((await served({ 'if-none-match': etag })).status).toBe(304)
    expect((await served({ 'if-match': '"other"' })).json).toMatchObject({ status: 412, code: 'precondition_failed' })
    const head = await served({}, 'HEAD')
    expect(head).toMatchObject({ status: 200, text: '' })
    expect(head.headers['content-length']).toBe('10')
  })

  it('serves all of it for the end of more bytes than it has, and for a range that is none', async () => {
    const end = await served({ range: 'bytes=-100' })
    expect(end).toMatchObject({ status: 206, text: '0123456789' })
    expect(end.headers['content-range']).toBe('bytes 0-9/10')
    for (const range of ['bytes=5', 'bytes=a-3', 'bytes=1x-3'])
      expect(await served({ range })).toMatchObject({ status: 200, text: '0123456789' })
    expect((await served({ range: 'bytes=-0' })).status).toBe(416)
  })

  it('goes on behind what somebody has only while it is the same version', async () => {
    const { headers } = await served()
    const etag = String(headers.etag)
    const range = { range: 'bytes=2-4' }
    expect(await served({ ...range, 'if-range': etag })).toMatchObject({ status: 206, text: '234' })
    for (const other of ['"other"', `W/${etag}`, `"other", ${etag}`, String(headers['last-modified'])])
      expect(await served({ ...range, 'if-range': other })).toMatchObject({ status: 200, text: '0123456789' })
    expect(await served({ ...range, 'if-match': etag })).toMatchObject({ status: 206 })
    expect(await served({ ...range, 'if-match': `W/${etag}` })).toMatchObject({ status: 412 })
    const unchanged = await served({ ...range, 'if-none-match': `W/${etag}` })
    expect(unchanged).toMatchObject({ status: 304, text: '' })
    expect(unchanged.headers.etag).toBe(etag)
  })

  it('has another tag when other bytes of the same length are there, also within a second', async () => {
    const location = String((await link()).headers.location)
    const tags = new Set<unknown>()
    for (const bytes of ['0123456789', '9876543210', 'abcdefghij']) {
      await putObject(api.objects, { key: `${tenant.id}/tasks/${id}`, mimeType: 'text/html' }, Buffer.from(bytes))
      const { headers, text } = await api.call('GET', location)
      expect(text).toBe(bytes)
      tags.add(headers.etag)
      expect((await api.call('GET', location)).headers.etag).toBe(headers.etag)
    }
    expect(tags.size).toBe(3)
  })

  it('expires, and cannot be forged', async () => {
    const location = String((await link()).headers.location)
    nowMs = () => Date.now() + 3_600_000
    expect((await api.call('GET', location)).json).toMatchObject({ status: 410, code: 'link_expired' })
    nowMs = Date.now
    for (const forged of [
      `${location}x`,
      location.replace('/files/', '/files/x'),
      '/files/x',
      '/files/a.b.c',
      '/files/.',
    ]) {
      expect((await api.call('GET', forged)).status).toBe(404)
    }
  })

  it('leads to nothing once the object is gone', async () => {
    const location = String((await link()).headers.location)
    await api.objects.remove(`${tenant.id}/tasks/${id}`)
    expect((await api.call('GET', location)).json).toMatchObject({ status: 410, code: 'file_gone' })
  })
})

describe('what becomes of a file', () => {
  beforeEach(() => finish(api, tenant, id, 'the bytes'))

  it('is temporary at first, can be renewed, and kept', async () => {
    const before = (await tenant.call('GET', `/v1/tasks/${id}`)).json.file
    expect(before.state).toBe('temporary')
    const renewed = (await file('renew', { seconds: 7 * 86_400 })).json
    expect(Date.parse(renewed.leaseExpiresAt)).toBeGreaterThan(Date.parse(before.leaseExpiresAt))
    for (let n = 0; n < 2; n++)
      expect((await file('keep')).json).toMatchObject({ state: 'permanent', leaseExpiresAt: null })
  })

  it('is released for good, and repeating that is harmless', async () => {
    for (let n = 0; n < 2; n++) expect((await file('release')).json.state).toBe('released')
    const responses = [
      await link(),
      await file('keep'),
      await file('renew', { seconds: 60 }),
      await file('move', { key: 'a' }),
    ]
    for (const { json } of responses) expect(json).toMatchObject({ status: 410, code: 'file_gone' })
  })

  it('moves to a key of the client, and repeating that is harmless', async () => {
    const key = `${tenant.id}/files/backups/ä/data.tar.gz`
    for (let n = 0; n < 2; n++) {
      expect((await file('move', { key: 'backups/ä/data.tar.gz' })).json).toMatchObject({ state: 'permanent', key })
    }
    expect((await served()).text).toBe('the bytes')
  })

  it('never replaces another file', async () => {
    await file('move', { key: 'taken' })
    const first = id
    id = await newTask(tenant, await newSession(tenant))
    await finish(api, tenant, id, 'other bytes')
    expect((await file('move', { key: 'taken' })).json).toMatchObject({ status: 409, code: 'file_key_taken' })
    expect((await served()).text).toBe('other bytes')
    id = first
    expect((await served()).text).toBe('the bytes')
  })

  it.each(['../up', '/root', 'a//b', 'a/./b', 'a\\b', 'a\u0001b', 'x'.repeat(256), '', 'x'.repeat(901)])(
    'refuses the key %j',
    async (key) => {
      const { status, json } = await file('move', { key })
      expect(status).toBe(400)
      expect(json.errors[0].pointer).toBe('/key')
      expect((await tenant.call('GET', `/v1/tasks/${id}`)).json.file.state).toBe('temporary')
    },
  )

  it.each([{}, { seconds: 0 }, { seconds: '60' }, { seconds: 31_536_001 }])(
    'refuses to renew with %j',
    async (body) => {
      const { status, json } = await file('renew', body)
      expect(status).toBe(400)
      expect(json.errors[0].pointer).toBe('/seconds')
    },
  )
})
