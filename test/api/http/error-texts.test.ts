import { beforeAll, describe, expect, it } from 'vitest'
import { newSession } from '#support/builders/api-fixtures.ts'
import { operatorToken, type TestTenant } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'

const api = useApi()
let tenant: TestTenant
let tasks: string
beforeAll(async () => {
  tenant = await api.tenant()
  tasks = `/v1/sessions/${await newSession(tenant)}/tasks`
})

const url = 'https://origin.example.com/'
const errorsOf = async (body: object) => (await tenant.call('POST', tasks, body)).json.errors

describe('one mistake', () => {
  it.each([
    [
      { url, priorty: 1 },
      { pointer: '/priorty', fix: 'Did you mean "priority"?' },
    ],
    [
      { url, earliest_begin_date: 'x' },
      { pointer: '/earliest_begin_date', fix: 'Did you mean "earliestBeginDate"?' },
    ],
    [
      { url, request: { url, header: {} } },
      { pointer: '/request/header', fix: 'Did you mean "headers"?' },
    ],
    [
      { url, earliestBeginDate: '2026-12-01T03:00:00' },
      {
        pointer: '/earliestBeginDate',
        detail: 'The time has no time zone.',
        fix: 'End it with Z or an offset: "2026-12-01T03:00:00Z" is UTC.',
      },
    ],
    [{ url, earliestBeginDate: 'tomorrow' }, { detail: 'The value is not a time (RFC 3339).' }],
    [{ url, priority: 'high' }, { detail: 'The value must be a number.' }],
    [{ url, expected: [] }, { detail: 'The value must be an object.' }],
    [{}, { pointer: '', code: 'oneOf', fix: expect.stringContaining('{"url": "https://…"}') }],
  ])('is told in one sentence, with its remedy: %j', async (body, error) => {
    expect(await errorsOf(body)).toEqual([expect.objectContaining(error)])
  })

  it('is one of what may also be null', async () => {
    const { json } = await tenant.call('PUT', '/v1/sessions/unions', {
      configuration: { delegate: { kind: 'pull' }, preferredHours: 5 },
    })
    expect(json.errors).toEqual([
      { pointer: '/configuration/preferredHours', code: 'type', detail: 'The value must be an object or null.' },
    ])
  })

  it('is a value that is nearly right', async () => {
    const { json } = await tenant.call('GET', '/v1/tasks?state=complete')
    expect(json.errors).toMatchObject([{ pointer: '/query/state', fix: 'Did you mean "completed"?' }])
    const delegate = await tenant.call('PUT', '/v1/sessions/x', { configuration: { delegate: { kind: 'push' } } })
    expect(delegate.json.errors).toMatchObject([{ detail: 'The value must be "pull".' }])
  })
})

describe('a refused creation', () => {
  it.each([
    ['unsupported_url', { url: 'ftp://a.example/' }],
    ['destination_denied', { url: 'https://10.0.0.1/' }],
    ['forbidden_header', { request: { url, headers: { Host: 'a' } } }],
    ['forbidden_header', { request: { url, headers: { 'a b': 'a' } } }],
    ['invalid_resume_data', { resumeData: 'x' }],
    ['format', { url, destinationKey: '../a' }],
    ['maximum', { url, earliestBeginDate: '2999-01-01T00:00:00Z' }],
    ['format', { url, expected: { crc32: '12345678'.replace('1', '!') } }],
    ['maxBytes', { url, metadata: Object.fromEntries(Array.from({ length: 16 }, (_, n) => [n, 'é'.repeat(200)])) }],
  ])('says how to mend %s', async (code, body) => {
    for (const error of await errorsOf(body)) expect(error).toMatchObject({ code, fix: expect.stringMatching(/\w/) })
  })

  it('says so where nothing in the body is wrong', async () => {
    const unknown = await tenant.call('POST', '/v1/sessions/nobody/tasks', { url })
    expect(unknown.json).toMatchObject({ code: 'not_found', fix: expect.stringMatching(/\w/) })
    const session = await newSession(tenant)
    await tenant.call('POST', `/v1/sessions/${session}/finish-and-invalidate`, {})
    const ended = await tenant.call('POST', `/v1/sessions/${session}/tasks`, { url })
    expect(ended.json).toMatchObject({ code: 'session_invalidated', fix: expect.stringContaining('another session') })
    const call = { key: operatorToken, headers: { 'idempotency-key': crypto.randomUUID() } }
    await api.call('POST', '/v1/admin/tenants', { ...call, body: { name: 'a' } })
    const reused = await api.call('POST', '/v1/admin/tenants', { ...call, body: { name: 'b' } })
    expect(reused.json.errors).toMatchObject([{ code: 'idempotency_key_reused', fix: expect.stringMatching(/\w/) }])
  })
})
