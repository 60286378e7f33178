import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { useApi } from '#support/client/use-api.ts'

const api = useApi()
const docs = fileURLToPath(new URL('../../../docs/', import.meta.url))
const names = globSync(['*.md', 'guide/*.md'], { cwd: docs })
const addresses = names.map((name) => `/docs/${name.replace(/(\/README)?\.md$/, '')}`)

describe('the guide', () => {
  it.each(addresses)('has a page for a browser that loads nothing from elsewhere: %s', async (address) => {
    const { status, headers, text } = await api.call('GET', address)
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^ ]+'; img-src 'self'; /,
    )
    expect(text).toMatch(/<h1 id="[^"]+">/)
    expect(text).not.toMatch(/<script|<link rel="stylesheet"| style="/)
    expect(text).toContain(`href="${address}" aria-current="page"`)
  })

  it('has no link that leads nowhere, and no anchor that is missing', async () => {
    const pages = new Map<string, string>()
    const page = async (address: string) => {
      if (!pages.has(address)) {
        const { status, text } = await api.call('GET', address)
        // A redirect has no text.
        pages.set(address, status < 400 ? text || 'moved' : '')
      }
      return pages.get(address)!
    }
    const broken: string[] = []
    for (const address of addresses)
      for (const [, target] of (await page(address)).matchAll(/(?:href|src)="([/#][^"]*)"/g)) {
        const [path = '', anchor] = target!.split('#')
        const text = await page(path === '' ? address : path)
        if (text === '' || (anchor !== undefined && !text.includes(`id="${anchor}"`)))
          broken.push(`${address}: ${target}`)
      }
    expect(broken).toEqual([])
  })

  it('has every page as Markdown, pictures, and no other file', async () => {
    const page = await api.call('GET', '/docs/guide/errors.md')
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/markdown; charset=utf-8'])
    expect(page.text).toContain('# Errors')
    const picture = await api.call('GET', '/docs/guide/limiter.svg')
    expect([picture.status, picture.headers['content-type']]).toEqual([200, 'image/svg+xml'])
    expect(picture.headers['content-security-policy']).toContain('sandbox')
    for (const path of [
      'nothing',
      'README',
      '..%2F..%2Fpackage.json',
      '%2e%2e%2f%2e%2e%2fREADME.md',
      'guide',
      'errors.html',
    ])
      expect((await api.call('GET', `/docs/guide/${path}`)).json, path).toMatchObject({
        status: 404,
        code: 'not_found',
      })
    for (const path of ['llms.txt', 'README'])
      expect((await api.call('GET', `/docs/${path}`)).json, path).toMatchObject({ status: 404 })
  })

  it('leads from the address with a slash to the one without', async () => {
    const { status, headers } = await api.call('GET', '/docs/guide/')
    expect([status, headers.location]).toEqual([301, '/docs/guide'])
  })

  it('is reached from the page of a problem, at its code', async () => {
    const { text } = await api.call('GET', '/problems/quota_exceeded')
    expect(text).toContain('href="/docs/guide/errors#quota_exceeded"')
  })

  it('has an index for language models whose links lead to Markdown', async () => {
    const { status, headers, text } = await api.call('GET', '/llms.txt')
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8'])
    expect(text).toMatch(/^# Backhaul\n\n> \S/)
    const targets = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target!)
    expect(targets).toContain('/docs/guide/errors.md')
    expect(targets).toContain('/openapi.json')
    for (const target of targets) expect((await api.call('GET', target)).status, target).toBe(200)
  })
})
