import { renderMermaidSVG } from 'beautiful-mermaid'
import { escaped } from '#api/guide/escaped.ts'

/**
 * The pictures of a page's Mermaid blocks, by their names: `concepts-1.svg` is the first of `concepts.md`. Forges render the blocks
 * themselves; the served page shows the pictures, because it loads no script.
 */
export function guideDiagrams(page: string, markdown: string): [name: string, svg: string][] {
  const blocks = [...markdown.matchAll(/^```mermaid\n(.*?)^```$/gms)]
  return blocks.map(({ index: at, 1: code }, index) => {
    const heading = [...markdown.slice(0, at).matchAll(/^#+ (.+)$/gm)].at(-1)?.[1] ?? page
    return [`${page.replace(/\.md$/, '')}-${index + 1}.svg`, pictureOf(code!, heading)]
  })
}

/** In the colours of the reader's system, in the font of it, and without what the library would load. */
function pictureOf(code: string, title: string): string {
  return renderMermaidSVG(code)
    .replace(
      / style="--bg:[^"]*">/,
      () => ` role="img" aria-labelledby="name">\n<title id="name">${escaped(title)}</title>`,
    )
    .replace(
      /^\s*@import .*\n\s*text \{ font-family: .*\n/m,
      `  text { font-family: system-ui, "DejaVu Sans", Arial, sans-serif }
  svg { --bg: #ffffff; --fg: #1f2328; background: var(--bg) }
  @media (prefers-color-scheme: dark) { svg { --bg: #0d1117; --fg: #e6edf3 } }
`,
    )
    .replaceAll(/[ \t]+$/gm, '')
    .trimEnd()
    .concat('\n')
}
