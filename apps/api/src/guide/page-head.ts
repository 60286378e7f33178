/** What a Markdown page says of itself, for indexes. */
export interface PageHead {
  /** Text of its first heading of the first level, without marks; empty when there is none. */
  title: string
  /** First sentence of its first paragraph, on one line; empty when the page has no paragraph. */
  summary: string
  /** Its place in the index, from `<!-- guide: 30 -->` in the first line; Infinity without one. */
  order: number
}

/** Reads the head of a page. Front matter is not used: forges show it as a table. */
export function pageHead(markdown: string): PageHead {
  const [, order] = /^<!-- guide: (\d+) -->/.exec(markdown) ?? []
  const text = markdown.replaceAll(/<!--.*?-->/gs, '')
  const [, title = ''] = /^# (.+)$/m.exec(text) ?? []
  const paragraphs = text.slice(text.indexOf(`# ${title}`) + title.length + 2).split(/\n\s*\n/)
  const first = paragraphs.find((paragraph) => /^\w|^`|^\*\*|^\[/.test(paragraph.trim())) ?? ''
  const line = plain(first.trim().replaceAll(/\s*\n\s*/g, ' '))
  const [, sentence = line] = /^(.*?[.!?])(?=\s|$)/.exec(line) ?? []
  // What leads to a list or a table stands alone in an index.
  const summary = sentence.replace(/:$/, '.')
  return { title: plain(title), summary, order: order === undefined ? Infinity : Number(order) }
}

/** Pages with a place by that, the others behind them by name; an index comes first. */
export function inOrder(heads: ReadonlyMap<string, PageHead>): (PageHead & { name: string })[] {
  const place = (name: string, order: number) => (name.endsWith('README.md') ? -1 : order)
  return [...heads]
    .map(([name, head]) => ({ name, ...head }))
    .toSorted((a, b) => {
      const [left, right] = [place(a.name, a.order), place(b.name, b.order)]
      return left === right ? (a.name < b.name ? -1 : 1) : left - right
    })
}

/** Links become their text; emphasis goes. Code keeps its marks, which read well as text too. */
function plain(markdown: string): string {
  return markdown.replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('**', '')
}
