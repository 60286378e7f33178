import { beforeAll, describe, expect, it } from 'vitest'
import { newTask } from '#support/builders/api-fixtures.ts'
import type { TestTenant } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'

const api = useApi()
let tenant: TestTenant
beforeAll(async () => {
  tenant = await api.tenant()
})

const pull = { delegate: { kind: 'pull' } }
const put = (identifier: string, configuration?: object) =>
  tenant.call('PUT', `/v1/sessions/${identifier}`, configuration === undefined ? {} : { configuration })
const stored = async () =>
  Number((await api.database.first<{ n: number }>('select count(*)::int as n from session'))!.n)

describe('creating a session', () => {
  it('answers 201 with every default, and 200 to the same call again', async () => {
    const created = await put('defaults', pull)
    expect(created.status).toBe(201)
    expect(created.json.configuration).toEqual({
      delegate: { kind: 'pull' },
      isDiscretionary: false,
      preferredHours: null,
      sessionSendsLaunchEvents: true,
      timeoutIntervalForRequest: 60,
      timeoutIntervalForResource: 604_800,
      httpMaximumConnectionsPerHost: 6,
      httpAdditionalHeaders: {},
      httpStatusPolicy: 'fail',
      retryStatuses: [],
      resumeWithoutValidator: 'never',
      contentDecoding: 'keep',
      maximumBytesPerSecond: null,
      bandwidthTimetable: [],
      wakeMaximumLatency: null,
      wakeCompletion: 'implied',
      delegateDecisions: [],
      decisionTimeout: 300,
      fileRetention: 'lease',
      fileLeaseSeconds: 86_400,
    })
    const again = await put('defaults', pull)
    expect(again.status).toBe(200)
    expect(again.json).toEqual(created.json)
  })

  it('made before there was a setting is found by the words that made it, and shows the default', async () => {
    await put('older', pull)
    await api.database.run(
      `update session set configuration = configuration - '{retryStatuses,resumeWithoutValidator,contentDecoding}'::text[]
       where identifier = 'older'`,
    )
    const again = await put('older', pull)
    expect([again.status, again.json.configuration]).toMatchObject([
      200,
      { retryStatuses: [], resumeWithoutValidator: 'never', contentDecoding: 'keep' },
    ])
  })

  it.each([
    [{ retryStatuses: [200] }, '/configuration/retryStatuses/0'],
    [{ retryStatuses: [600] }, '/configuration/retryStatuses/0'],
    [{ retryStatuses: [404.5] }, '/configuration/retryStatuses/0'],
    [{ retryStatuses: ['404'] }, '/configuration/retryStatuses/0'],
    [{ retryStatuses: [404, 404] }, '/configuration/retryStatuses'],
    [{ retryStatuses: Array.from({ length: 33 }, (_, n) => 400 + n) }, '/configuration/retryStatuses'],
    [{ retryStatuses: 404 }, '/configuration/retryStatuses'],
    [{ resumeWithoutValidator: 'always' }, '/configuration/resumeWithoutValidator'],
    [{ resumeWithoutValidator: true }, '/configuration/resumeWithoutValidator'],
    [{ contentDecoding: 'gzip' }, '/configuration/contentDecoding'],
    [{ contentDecoding: null }, '/configuration/contentDecoding'],
  ])('refuses %j with a pointer and a sentence', async (setting, pointer) => {
    const refused = await put('refused', { ...pull, ...setting })
    expect(refused.status).toBe(400)
    expect(refused.json.errors[0]).toMatchObject({ pointer, detail: expect.stringMatching(/\.$/) })
  })

  it('made before a default changed is found by the words that made it', async () => {
    const words = { ...pull, isDiscretionary: true }
    await put('old', words)
    // As it was stored by 0.1.0.
    await api.database.run(
      `update session set defaults_version = 1, configuration = configuration || '{"wakeMaximumLatency": 60}'
       where identifier = 'old'`,
    )
    const again = await put('old', words)
    expect([again.status, again.json.configuration.wakeMaximumLatency]).toEqual([200, 60])
    expect((await put('old', { ...words, wakeMaximumLatency: 60 })).status).toBe(200)
    const other = await put('old', { ...words, wakeMaximumLatency: null })
    expect([other.status, other.json.differences]).toEqual([
      409,
      [{ pointer: '/wakeMaximumLatency', stored: 60, given: null }],
    ])
    await put('new', { ...words, wakeMaximumLatency: 60 })
    expect((await put('new', words)).status).toBe(409)
  })

  it('is found without a configuration, also without any body', async () => {
    await put('found', pull)
    expect((await put('found')).status).toBe(200)
    expect((await tenant.call('PUT', '/v1/sessions/found')).status).toBe(200)
  })

  it('needs a delegate', async () => {
    const before = await stored()
    for (const response of [await put('none'), await put('none', {}), await put('none', { delegate: {} })]) {
      expect(response.status).toBe(422)
      expect(response.json.code).toBe('delegate_required')
      expect(response.json.errors[0].pointer).toBe('/configuration/delegate')
    }
    expect(await stored()).toBe(before)
  })

  it('takes exactly one kind of delegate', async () => {
    const response = await put('two', { delegate: { kind: 'pull', url: 'https://hooks.example.com/' } })
    expect(response.status).toBe(400)
    expect(response.json.errors[0]).toMatchObject({ pointer: '/configuration/delegate', code: 'oneOf' })
  })

  it('makes an endpoint for a URL, shows its secret once, and finds it again by URL or id', async () => {
    const url = 'https://hooks.example.com/one'
    const created = await put('by-url', { delegate: { url } })
    expect(created.status).toBe(201)
    expect(created.json.secret).toMatch(/^whsec_/)
    const { endpointId } = created.json.configuration.delegate
    for (const delegate of [{ url }, { endpointId }]) {
      const again = await put('by-url', { delegate })
      expect(again.status).toBe(200)
      expect(again.text).not.toContain('whsec_')
    }
    const second = await put('by-url-2', { delegate: { url } })
    expect(second.status).toBe(201)
    expect(second.json.secret).toBeUndefined()
    expect(second.json.configuration.delegate).toEqual({ endpointId })
  })

  it('refuses endpoints that are not there, and addresses that are not allowed', async () => {
    const missing = await put('bad', { delegate: { endpointId: api.deps.mint.id('whe') } })
    expect(missing.json).toMatchObject({ status: 422, code: 'delegate_required' })
    expect(missing.json.errors[0].pointer).toBe('/configuration/delegate/endpointId')
    const inside = await put('bad', { delegate: { url: 'https://10.0.0.1/' } })
    expect(inside.json).toMatchObject({ status: 422, code: 'destination_denied' })
    expect(inside.json.errors[0].pointer).toBe('/configuration/delegate/url')
    expect(inside.text).not.toContain('10.0.0.1')
    const plain = await put('bad', { delegate: { url: 'http://hooks.example.com/' } })
    expect(plain.json.code).toBe('unsupported_url')
  })

  it('never shows a header value, and lists every forbidden header', async () => {
    const headers = { Authorization: 'Bearer hidden-value' }
    const created = await put('headers', { ...pull, httpAdditionalHeaders: headers })
    expect(created.json.configuration.httpAdditionalHeaders).toEqual({ Authorization: '•••' })
    expect((await tenant.call('GET', '/v1/sessions/headers')).text).not.toContain('hidden-value')
    const refused = await put('headers-2', { ...pull, httpAdditionalHeaders: { Host: 'a', 'A/B': 'b', Range: 'c' } })
    expect(refused.json).toMatchObject({ status: 422, code: 'forbidden_header' })
    expect(refused.json.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/configuration/httpAdditionalHeaders/Host',
      '/configuration/httpAdditionalHeaders/A~1B',
      '/configuration/httpAdditionalHeaders/Range',
    ])
  })
})

describe('decisions of the delegate', () => {
  const delegateDecisions = ['authenticationChallenge', 'delayedRequest']
  const called = { delegate: { url: 'https://hooks.example.com/decisions' } }

  it('are frozen with their timeout, in whatever order they are given', async () => {
    const created = await put('decides', { ...called, delegateDecisions, decisionTimeout: 86_400 })
    expect(created.json.configuration).toMatchObject({
      delegateDecisions: ['delayedRequest', 'authenticationChallenge'],
      decisionTimeout: 86_400,
    })
    const reversed = { ...called, delegateDecisions: delegateDecisions.toReversed(), decisionTimeout: 86_400 }
    expect((await put('decides', reversed)).status).toBe(200)
    const other = await put('decides', { ...called, delegateDecisions: ['delayedRequest'], decisionTimeout: 1 })
    expect(other.json).toMatchObject({ status: 409, code: 'configuration_mismatch' })
    expect(other.json.differences.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/delegateDecisions',
      '/decisionTimeout',
    ])
  })

  it.each([
    ['a client that pulls', pull],
    ['a client that is never woken', { ...called, sessionSendsLaunchEvents: false }],
  ])('cannot be asked of %s', async (_, configuration) => {
    const before = await stored()
    const response = await put('unasked', { ...configuration, delegateDecisions })
    expect(response.json).toMatchObject({ status: 422, code: 'delegate_required' })
    expect(response.json.errors[0].pointer).toBe('/configuration/delegateDecisions')
    expect(await stored()).toBe(before)
  })

  it.each([
    ['an unknown one', { delegateDecisions: ['redirect'] }, '/configuration/delegateDecisions/0'],
    ['one twice', { delegateDecisions: ['delayedRequest', 'delayedRequest'] }, '/configuration/delegateDecisions'],
    ['no time to decide', { decisionTimeout: 0.5 }, '/configuration/decisionTimeout'],
    ['too much time', { decisionTimeout: 86_401 }, '/configuration/decisionTimeout'],
  ])('are refused with %s', async (_, configuration, pointer) => {
    const response = await put('wrong', { ...called, ...configuration })
    expect(response.json).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(response.json.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer)
  })
})

describe('another configuration', () => {
  it('is a conflict that names each field, with secrets masked', async () => {
    await put('frozen', { ...pull, httpAdditionalHeaders: { 'X-A': 'first-secret' } })
    const response = await put('frozen', {
      delegate: { url: 'https://hooks.example.com/two' },
      isDiscretionary: true,
      httpAdditionalHeaders: { 'X-A': 'second-secret', 'X-B': 'third-secret' },
    })
    expect(response.status).toBe(409)
    expect(response.json.code).toBe('configuration_mismatch')
    expect(response.json.differences).toEqual([
      { pointer: '/delegate', stored: { kind: 'pull' }, given: { url: 'https://hooks.example.com/two' } },
      { pointer: '/isDiscretionary', stored: false, given: true },
      { pointer: '/httpAdditionalHeaders/X-A', stored: '•••', given: '•••' },
      { pointer: '/httpAdditionalHeaders/X-B', stored: null, given: '•••' },
    ])
    expect(response.text).not.toMatch(/(first|second|third)-secret/)
  })

  it('is none when only defaults are written out', async () => {
    await put('spelled', pull)
    expect((await put('spelled', { ...pull, isDiscretionary: false, fileLeaseSeconds: 86_400 })).status).toBe(200)
  })
})

describe('reading sessions', () => {
  it('counts tasks by state', async () => {
    await put('counted', pull)
    await newTask(tenant, 'counted')
    await newTask(tenant, 'counted', { suspended: true })
    const { json } = await tenant.call('GET', '/v1/sessions/counted')
    expect(json.taskCounts).toEqual({ suspended: 1, waiting: 1, running: 0, completed: 0, failed: 0, canceled: 0 })
  })

  it('walks all pages without gap or repetition', async () => {
    const other = await api.tenant()
    const names = Array.from({ length: 7 }, (_, n) => `page-${n}`)
    for (const name of names) await other.call('PUT', `/v1/sessions/${name}`, { configuration: pull })
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`
      const { json } = await other.call('GET', `/v1/sessions?limit=3${query}`)
      seen.push(...json.data.map(({ identifier }: { identifier: string }) => identifier))
      cursor = json.nextCursor
    } while (cursor !== null)
    expect(seen).toEqual(names)
  })

  it('finds them by state and by what their identifiers begin with, from either end', async () => {
    for (const identifier of ['sought-1', 'sought-2', 'sought_3']) await put(identifier, pull)
    await tenant.call('POST', '/v1/sessions/sought-2/finish-and-invalidate')
    const found = async (query: string) =>
      (await tenant.call('GET', `/v1/sessions?${query}`)).json.data.map(({ identifier }: never) => identifier)
    expect(await found('identifierPrefix=sought-')).toEqual(['sought-1', 'sought-2'])
    expect(await found('identifierPrefix=sought-&order=newestFirst')).toEqual(['sought-2', 'sought-1'])
    expect(await found('identifierPrefix=sought&state=active&order=newestFirst')).toEqual(['sought_3', 'sought-1'])
    const { nextCursor } = (await tenant.call('GET', '/v1/sessions?identifierPrefix=sought&order=newestFirst&limit=1'))
      .json
    expect(await found(`identifierPrefix=sought&order=newestFirst&cursor=${nextCursor}`)).toEqual([
      'sought-2',
      'sought-1',
    ])
    expect((await tenant.call('GET', '/v1/sessions?identifierPrefix=%25')).status).toBe(400)
  })

  it('does not know what is not there', async () => {
    expect((await tenant.call('GET', '/v1/sessions/nobody')).json.code).toBe('not_found')
  })

  it.each(['a b', 'ä', 'x'.repeat(129), 'a%2Fb'])('refuses the identifier %s', async (identifier) => {
    const response = await tenant.call('PUT', `/v1/sessions/${encodeURI(identifier)}`, { configuration: pull })
    expect(response.status).toBe(400)
    expect(response.json.errors[0].pointer).toBe('/params/identifier')
  })

  it('takes the longest identifier there is', async () => {
    const longest = 'x'.repeat(128)
    expect((await put(longest, pull)).status).toBe(201)
    expect((await tenant.call('GET', `/v1/sessions/${longest}`)).json.identifier).toBe(longest)
  })
})
