import { createHash } from 'node:crypto'
import { escaped } from './escaped.ts'
import { style } from './style.ts'

/** A link of the navigation. */
export interface Entry {
  title: string
  href: string
}

export interface Navigation {
  /** In their order, the index first. */
  guide: readonly Entry[]
  documents: readonly Entry[]
}

/** One style, no script, pictures of this service, and nothing from elsewhere. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** A page of the site around `content`, which is HTML. The content comes first, so that a phone shows it first. */
export function page(
  { title, summary, href, source }: Entry & { summary: string; source: string },
  content: string,
  navigation: Navigation,
): string {
  const place = navigation.guide.findIndex((entry) => entry.href === href)
  const [before, after] = place === -1 ? [] : [navigation.guide[place - 1], navigation.guide[place + 1]]
  const name = title === 'Backhaul' ? title : `${title} – Backhaul`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(name)}</title>
<meta name="description" content="${escaped(summary)}">
<link rel="alternate" type="text/markdown" href="${source}">
<style>${style}</style>
</head>
<body>
<header><a href="/docs/guide"><b>Backhaul</b></a> <a href="#contents">Contents</a> <a href="/docs">API reference</a></header>
<main>
${content}<footer>${before ? `<a href="${before.href}" rel="prev">← ${escaped(before.title)}</a>` : ''} ${
    after ? `<a href="${after.href}" rel="next">${escaped(after.title)} →</a>` : ''
  } <a href="${source}">as Markdown</a></footer>
</main>
<nav id="contents" aria-label="Contents">
<h2>Guide</h2>
${list(navigation.guide, href)}
<h2>Documents</h2>
${list(navigation.documents, href)}
</nav>
</body>
</html>
`
}

function list(entries: readonly Entry[], current: string): string {
  const items = entries.map(
    ({ title, href }) =>
      `<li><a href="${href}"${href === current ? ' aria-current="page"' : ''}>${escaped(title)}</a></li>`,
  )
  return `<ul>\n${items.join('\n')}\n</ul>`
}
