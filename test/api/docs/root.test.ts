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
