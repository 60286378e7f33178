import { Lexer, Parser, Renderer, type Tokens } from 'marked'
import { escaped } from './escaped.ts'
import { pageLink } from './page-links.ts'

/**
 * The HTML of a page. Nothing of the Markdown becomes markup by itself: raw HTML is shown as text (comments are left out), links lead to
 * the served pages, and headings have the anchors that GitHub gives them.
 *
 * @param from path of the page under `docs/`
 * @param served paths of all files under `docs/` that are served
 */
export function renderMarkdown(markdown: string, from: string, served: ReadonlySet<string>): string {
  const renderer = new Renderer<string, string>()
  const anchors = new Map<string, number>()
  let heading = ''
  let diagrams = 0

  renderer.html = ({ text }) => (text.startsWith('<!--') ? '' : escaped(text))
  renderer.heading = ({ tokens, depth }) => {
    heading = renderer.parser.parseInline(tokens, renderer.parser.textRenderer)
    const slug = anchorOf(heading)
    const before = anchors.get(slug) ?? 0
    anchors.set(slug, before + 1)
    const id = before === 0 ? slug : `${slug}-${before}`
    const text = renderer.parser.parseInline(tokens)
    return `<h${depth} id="${id}">${text} <a class="anchor" href="#${id}" aria-label="Link to this section">#</a></h${depth}>\n`
  }
  renderer.code = ({ text, lang = '' }) => {
    const [language = ''] = lang.split(/\s/, 1)
    const code = `<pre><code class="language-${escaped(language)}">${escaped(text)}</code></pre>`
    if (language !== 'mermaid') return `${code}\n`
    const picture = `${from.replace(/\.md$/, '')}-${++diagrams}.svg`
    // Without a picture the source is the figure: it was written to be read.
    const shown = served.has(picture) ? `<img src="/docs/${picture}" alt="Diagram: ${heading}" loading="lazy">` : code
    return `<figure>${shown}</figure>\n`
  }
  renderer.link = ({ href, tokens }) => {
    const text = renderer.parser.parseInline(tokens)
    const link = pageLink(href, from, served)
    if (link.kind === 'refused') return text
    if (link.kind === 'file') {
      const path = `<code>${escaped(link.path)}</code>`
      return text === path ? path : `${text} (${path})`
    }
    return `<a href="${escaped(link.href)}"${link.isElsewhere ? ' rel="noreferrer"' : ''}>${text}</a>`
  }
  renderer.image = ({ href, text }) => {
    const link = pageLink(href, from, served)
    // The policy of the page allows pictures of this service only.
    if (link.kind !== 'href' || link.isElsewhere) return `<em>${escaped(text)}</em>`
    return `<img src="${escaped(link.href)}" alt="${escaped(text)}" loading="lazy">`
  }
  const table = renderer.table.bind(renderer)
  renderer.table = (token: Tokens.Table) => `<div class="table" tabindex="0">${table(token)}</div>\n`

  return new Parser<string, string>({ renderer, gfm: true }).parse(new Lexer({ gfm: true }).lex(markdown))
}

/** Of a heading's text, as GitHub makes it. `html` is text with character references, all of which stand for marks that go. */
function anchorOf(html: string): string {
  return html
    .replaceAll(/&#?\w+;/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-')
}
