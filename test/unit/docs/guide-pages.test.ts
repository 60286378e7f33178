import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { inOrder, pageHead } from '#api/guide/page-head.ts'
import { pageLink } from '#api/guide/page-links.ts'
import { renderMarkdown } from '#api/guide/render-markdown.ts'
import { problems } from '#core/kernel/rules/errors.ts'

const folder = fileURLToPath(new URL('../../../docs/guide/', import.meta.url))
const read = (name: string) => readFileSync(`${folder}${name}`, 'utf8')
const pages = globSync('*.md', { cwd: folder })
const served = new Set(['guide/README.md', 'guide/errors.md', 'guide/limiter.svg', 'operations.md'])
const render = (markdown: string) => renderMarkdown(markdown, 'guide/a.md', served)

describe('the head of a page', () => {
  it('is its title, its first sentence and its place', () => {
    const text = '<!-- guide: 30 -->\n# A *page*\n\n![x](x.svg)\n\nIt is [about](b.md) `a.b` and\nmore. Then\n'
    expect(pageHead(text)).toEqual({ title: 'A *page*', summary: 'It is about `a.b` and more.', order: 30 })
    expect(pageHead('')).toEqual({ title: '', summary: '', order: Infinity })
  })

  it('puts the index first, then places, then names', () => {
    const head = (order: number) => ({ title: '', summary: '', order })
    const heads = new Map([
      ['guide/b.md', head(Infinity)],
      ['guide/a.md', head(Infinity)],
      ['guide/z.md', head(1)],
      ['guide/README.md', head(Infinity)],
    ])
    expect(inOrder(heads).map(({ name }) => name)).toEqual([
      'guide/README.md',
      'guide/z.md',
      'guide/a.md',
      'guide/b.md',
    ])
  })

  it.each(pages)('is there, on %s', (page) => {
    const { title, summary } = pageHead(read(page))
    expect(title).toMatch(/^\w/)
    expect(summary).toMatch(/^\S.{20,300}\.$/)
  })
})

describe('a link', () => {
  it.each([
    ['errors.md', '/docs/guide/errors'],
    ['errors.md#a_b', '/docs/guide/errors#a_b'],
    ['README.md', '/docs/guide'],
    ['../guide/', '/docs/guide'],
    ['../operations.md#a', '/docs/operations#a'],
    ['limiter.svg', '/docs/guide/limiter.svg'],
    ['#a', '#a'],
    ['https://example.com/a.md', 'https://example.com/a.md'],
  ])('to %s leads to %s', (href, address) => {
    expect(pageLink(href, 'guide/a.md', served)).toMatchObject({ kind: 'href', href: address })
  })

  it.each(['../../packages/webhooks/README.md', '../../../../packages/webhooks/README.md'])(
    'to %s, which is not served, becomes its path',
    (href) => {
      expect(pageLink(href, 'guide/a.md', served)).toEqual({ kind: 'file', path: 'packages/webhooks/README.md' })
    },
  )

  it.each(['javascript:alert(1)', 'data:text/html,x', '//example.com/'])('to %s is none', (href) => {
    expect(pageLink(href, 'guide/a.md', served)).toEqual({ kind: 'refused' })
  })
})

describe('a page', () => {
  it('shows raw HTML as text, and no comments', () => {
    const html = render(
      '<!-- c -->\n# A\n\n<script>x</script>\n\na <b onclick="x">b</b> [l](javascript:x) ![p](https://a.b/c)\n',
    )
    expect(html).not.toMatch(/<script|<b |<!--|javascript:|<img/)
    expect(html).toContain('&lt;script&gt;')
  })

  it('has the anchors of GitHub', () => {
    const ids = [...render('# `a_b`, c & d!\n\n## Same\n\n## Same\n').matchAll(/id="([^"]+)"/g)].map(([, id]) => id)
    expect(ids).toEqual(['a_b-c--d', 'same', 'same-1'])
  })

  it('shows the picture of a diagram, or its source where there is none', () => {
    const text = '# A\n\n```mermaid\nflowchart\n```\n'
    expect(render(text)).toContain('<pre><code class="language-mermaid">flowchart')
    expect(renderMarkdown(text, 'guide/a.md', new Set(['guide/a-1.svg']))).toContain('src="/docs/guide/a-1.svg"')
  })
})

it('the page of errors has one anchor for each problem code', () => {
  const headings = [...read('errors.md').matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code)
  expect(headings).toEqual(Object.keys(problems))
})

it('the page of URLSession has every row of what Apple promises', () => {
  const rows = [...read('urlsession.md').matchAll(/^\| (\d+) \| .+ \| .+ \|$/gm)].map(([, number]) => Number(number))
  expect(rows).toEqual(Array.from({ length: 34 }, (_, index) => index + 1))
})

it('no picture is left of a page or diagram that is gone, and none loads anything', () => {
  for (const name of globSync('*.svg', { cwd: folder })) {
    const [, page = '', number] = /^(.*?)(?:-(\d+))?\.svg$/.exec(basename(name))!
    const text = pages.map(read).join('\n')
    if (!text.includes(`](${name})`))
      expect(read(`${page}.md`).split('```mermaid').length - 1, name).toBeGreaterThanOrEqual(Number(number))
    expect(read(name)).not.toMatch(/@import|<script|href=/)
  }
})
