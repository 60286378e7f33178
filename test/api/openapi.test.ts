import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderOpenapi } from '../../apps/api/src/openapi.ts'
import { type ApiUnderTest, openApi } from '../support/api.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await openApi()
})
afterAll(() => api.close())

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

describe('the check that every API test goes through', () => {
  const live = { statusCode: 200, headers: { 'content-type': 'application/json' }, body: '{"status":"ok"}' }

  it('finds a status, a media type, a field or a value that is not in the document', () => {
    const check = (answer: Partial<typeof live>) => () => api.check.answer('GET', '/livez', { ...live, ...answer })
    expect(check({})).not.toThrow()
    expect(check({ statusCode: 204 })).toThrow('not in the document')
    expect(check({ headers: { 'content-type': 'text/plain' } })).toThrow('came as text/plain')
    expect(check({ body: '{"status":"ok","more":1}' })).toThrow('additional properties')
    expect(check({ body: '{"status":"fine"}' })).toThrow('livez')
    expect(check({ body: '{}' })).toThrow('required')
  })

  it('finds a refusal that is no problem document, on any address', () => {
    const refusal = { statusCode: 404, headers: { 'content-type': 'application/problem+json' }, body: '{}' }
    expect(() => api.check.answer('GET', '/nothing', refusal)).toThrow('required')
    expect(() => api.check.answer('GET', '/nothing', { ...refusal, headers: {} })).toThrow('a refusal as')
  })
})
