const end = '<!-- generated until here -->'

/** The document with `text` as its generated part. It names `source`, and what is before and after it stays. */
export function withGenerated(old: string, source: string, text: string): string {
  const begin = `<!-- Generated from ${source}: npm run generate -->`
  const [before = '', rest = ''] = old.split(begin)
  const after = rest.split(end)[1] ?? '\n'
  return `${before}${begin}\n\n${text}\n\n${end}${after}`
}
