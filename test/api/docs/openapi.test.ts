import { describe, expect, it } from 'vitest'
import { renderOpenapi } from '#api/openapi/openapi.ts'
import { useApi } from '#support/client/use-api.ts'

const api = useApi()

describe('the document', () => {
  it('is the same every time, whatever the server is made of', async () => {
    const [first, second] = [await renderOpenapi(), await renderOpenapi()]
    expect(second).toBe(first)
    expect(JSON.parse(first)).toEqual(JSON.parse(JSON.stringify(api.document)))
  })

  it('describes every event as a webhook', () => {
    expect(Object.keys(api.document.webhooks)).toContain('task.completed')
    for (const { post } of Object.values(api.document.webhooks)) {
      const name = post.requestBody!.content['application/json']!.schema.$ref.split('/').at(-1)!
      expect(api.document.components.schemas[name]).toBeDefined()
    }
  })
})

describe('every request', () => {
  const operations = () => Object.values(api.document.paths).flatMap((methods) => Object.values(methods))

  it('is described, and its body has an example that its schema takes', () => {
    for (const { operationId, description, requestBody } of operations()) {
      expect(description, operationId).toMatch(/\w/)
      if (!requestBody) continue
      const { schema, example } = requestBody.content['application/json']!
      expect(example, operationId).toBeTypeOf('object')
      api.check.component(schema.$ref.split('/').at(-1)!, example)
    }
  })

  it.each([
    [
      'GivenTask',
      { url: 'https://a.example/' },
      { resumeData: 'x' },
      {},
      { url: 'https://a.example/', resumeData: 'x' },
    ],
    ['GivenDelegate', { kind: 'pull' }, { url: 'https://a.example/' }, {}, { kind: 'pull', url: 'https://a.example/' }],
    ['GivenSimulation', { pattern: [] }, { pattern: [] }, {}, { pattern: [], chain: {} }],
    ['Credential', { user: 'a', password: 'b' }, { token: 'c' }, {}, { user: 'a', password: 'b', token: 'c' }],
    [
      'DelayedRequestAnswer',
      { disposition: 'cancel' },
      { disposition: 'useNewRequest', request: { url: 'https://a.example/' } },
      { disposition: 'useNewRequest' },
      { disposition: 'cancel', request: { url: 'https://a.example/' } },
    ],
  ])('says of %s that it is exactly one of several', (name, one, other, none, both) => {
    for (const right of [one, other]) api.check.component(name, right)
    for (const wrong of [none, both])
      expect(() => api.check.component(name, wrong), JSON.stringify(wrong)).toThrow(name)
  })

  it('tells the members of a union apart by a field where they have one', () => {
    const { Event, DelayedRequestAnswer } = api.document.components.schemas
    const by = (schema: object | undefined) => (schema as { discriminator: { propertyName: string } }).discriminator
    expect(by(Event)).toMatchObject({ propertyName: 'type' })
    expect(by(DelayedRequestAnswer)).toMatchObject({
      propertyName: 'disposition',
      mapping: { useNewRequest: '#/components/schemas/UseNewRequest' },
    })
  })
})

describe('the check that every API test goes through', () => {
  const live = { statusCode: 200, headers: { 'content-type': 'application/json' }, body: '{"status":"ok"}' }

  it('finds a status, a media type, a field or a value that is not in the document', () => {
    const check = (response: Partial<typeof live>) => () =>
      api.check.response('GET', '/livez', { ...live, ...response })
    expect(check({})).not.toThrow()
    expect(check({ statusCode: 204 })).toThrow('not in the document')
    expect(check({ headers: { 'content-type': 'text/plain' } })).toThrow('came as text/plain')
    expect(check({ body: '{"status":"ok","more":1}' })).toThrow('additional properties')
    expect(check({ body: '{"status":"fine"}' })).toThrow('livez')
    expect(check({ body: '{}' })).toThrow('required')
  })

  it('finds a refusal that is no problem document, on any address', () => {
    const refusal = { statusCode: 404, headers: { 'content-type': 'application/problem+json' }, body: '{}' }
    expect(() => api.check.response('GET', '/nothing', refusal)).toThrow('required')
    expect(() => api.check.response('GET', '/nothing', { ...refusal, headers: {} })).toThrow('a refusal as')
  })
})
