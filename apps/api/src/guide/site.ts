import { readdir, readFile } from 'node:fs/promises'
import { type Entry, type Navigation, page, pagePolicy } from './page.ts'
import { inOrder, type PageHead, pageHead } from './page-head.ts'
import { addressOf } from './page-links.ts'
import { renderMarkdown } from './render-markdown.ts'

const folder = new URL('../../../../docs/', import.meta.url)
/** A picture may be opened by itself; its style is inline, and nothing else in it has to work. */
const picturePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

export interface ServedFile {
  type: string
  /** Its Content-Security-Policy; null: that of every response. */
  policy: string | null
  text: string
}

export interface Site {
  /** By its path under `/docs/`: `guide/errors` (HTML), `guide/errors.md` or `guide/limiter.svg`; null: there is no such file. */
  find(path: string): Promise<ServedFile | null>
  /** The index for language models (https://llmstxt.org); `base` is put before its links. */
  llms(base: string): Promise<string>
}

/**
 * The documents of this installation, as they are when it is opened. A page is rendered when it is first asked for, and kept: there
 * are as many as there are files.
 */
export async function openSite(): Promise<Site> {
  const names = [...(await filesOf('')), ...(await filesOf('guide/'))]
  const served = new Set(names)
  const heads = new Map<string, PageHead>()
  for (const name of names) if (name.endsWith('.md')) heads.set(name, pageHead(await read(name)))
  const navigation = navigationOf(heads)
  const pages = new Map<string, Promise<string>>()

  async function render(name: string): Promise<string> {
    const content = renderMarkdown(await read(name), name, served)
    const { title, summary } = heads.get(name)!
    return page({ title, summary, href: addressOf(name), source: `/docs/${name}` }, content, navigation)
  }

  return {
    async find(path) {
      if (served.has(path))
        return path.endsWith('.svg')
          ? { type: 'image/svg+xml', policy: picturePolicy, text: await read(path) }
          : { type: 'text/markdown; charset=utf-8', policy: null, text: await read(path) }
      const name = path === 'guide' ? 'guide/README.md' : `${path}.md`
      if (!served.has(name) || (path !== 'guide' && addressOf(name) !== `/docs/${path}`)) return null
      const text = pages.get(name) ?? render(name)
      pages.set(name, text)
      return { type: 'text/html; charset=utf-8', policy: pagePolicy, text: await text }
    },
    async llms(base) {
      const text = await read('llms.txt')
      return text
        .replaceAll('](../openapi/openapi.json)', `](${base}/openapi.json)`)
        .replaceAll(/\]\((?!https?:|\/)/g, `](${base}/docs/`)
    },
  }
}

const read = (name: string) => readFile(new URL(name, folder), 'utf8')

async function filesOf(below: string): Promise<string[]> {
  const names = await readdir(new URL(below, folder))
  return names.filter((name) => /\.(md|svg)$/.test(name)).map((name) => `${below}${name}`)
}

function navigationOf(heads: ReadonlyMap<string, PageHead>): Navigation {
  const entries = inOrder(heads)
  const of = (isGuide: boolean): Entry[] =>
    entries
      .filter(({ name }) => name.startsWith('guide/') === isGuide)
      .map(({ name, title }) => ({ title, href: addressOf(name) }))
  return { guide: of(true), documents: of(false) }
}
