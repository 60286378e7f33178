/** A fenced block of a page: ```` ```sh fails ```` has the language `sh` and the word `fails`. CONTRIBUTING.md lists the words. */
export interface Block {
  language: string
  words: string[]
  code: string
  /** The name that `file=` gives it; null: it has none. */
  file: string | null
  /** Where it begins, counted from 1. */
  line: number
}

/** The blocks of a page, in their order. Indented ones are not looked at. */
export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\S*)([^\n]*)\n(.*?)^```$/gms)].map(({ index, 1: language, 2: info, 3: code }) => {
    const words = info!.split(/\s+/).filter(Boolean)
    const file = words.find((word) => word.startsWith('file='))?.slice('file='.length) ?? null
    return { language: language!, words, code: code!, file, line: markdown.slice(0, index).split('\n').length }
  })
}

/** What a block of expected output stands for: its lines in their order, with anything between them and at each `…`. */
export function outputPattern(expected: string): RegExp {
  const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const lines = expected.split('\n').map((line) => line.trim())
  return new RegExp(
    lines
      .filter((line) => line !== '')
      .map((line) => line.split('…').map(literal).join('[\\s\\S]*?'))
      .join('[\\s\\S]*?'),
  )
}
