import { describe, expect, it } from 'vitest'
import { useApi } from '#support/client/use-api.ts'

const api = useApi()

describe('the address without a path', () => {
  it('leads a browser to the reference, by links that exist', async () => {
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
    const { status, headers, text } = await api.call('GET', '/', { headers: { accept } })
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    const targets = [...text.matchAll(/href="([^"]+)"/g)].map(([, href]) => href!)
    expect(targets).toContain('/docs')
    for (const target of targets) expect((await api.call('GET', target)).status, target).toBeLessThan(400)
  })

  it.each(['*/*', 'application/json', undefined])('points other clients to the document: Accept %s', async (accept) => {
    const { status, headers, json } = await api.call('GET', '/', { headers: accept === undefined ? {} : { accept } })
    expect(status).toBe(200)
    expect(headers.vary).toContain('accept')
    expect(headers.link).toContain('rel="service-desc"')
    expect((await api.call('GET', json.openapi)).json.openapi).toBe('3.1.0')
  })
})

describe('a page of the dashboard', () => {
  it.each(['/tasks?host=%00', '/tasks?host=%ED%A0%80&state=x&state=y', '/?%00', '/tasks/%00', '/tasks/x?a=%'])(
    'is shown by an address whose query or id is mistyped: %s',
    async (address) => {
      const { status, headers } = await api.call('GET', address, { headers: { accept: 'text/html' } })
      expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    },
  )

  it('does not make the API read such a query', async () => {
    const { key } = await api.tenant()
    expect((await api.call('GET', '/v1/tasks?host=%00', { key })).status).toBe(400)
  })
})
