import { describe, expect, it } from 'vitest'
import { useApi } from '#support/client/use-api.ts'

const api = useApi()

describe('the API reference', () => {
  it('is a page that loads its script and the document from here, and nothing from elsewhere', async () => {
    const moved = await api.call('GET', '/docs')
    expect([moved.status, moved.headers.location]).toEqual([301, '/docs/'])
    const page = await api.call('GET', '/docs/')
    expect([page.status, page.headers.location]).toEqual([200, undefined])
    expect(page.headers['content-type']).toContain('text/html')
    expect(page.headers['content-security-policy']).toContain("connect-src 'self'")
    expect(page.text).toContain('../openapi.json')
    const [, script] = page.text.match(/<script[^>]* src="([^"]+)"/)!
    const loaded = await api.call('GET', `/docs/${script}`)
    expect(loaded.headers['content-type']).toContain('javascript')
    expect(loaded.text.length).toBeGreaterThan(100_000)
  })
})
