import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A fenced block of a document: ```` ```sh fails ```` has the language `sh` and the word `fails`. CONTRIBUTING.md lists the words. */
export interface DocumentBlock {
  language: string
  words: string[]
  code: string
  /** The name that `file=` gives it; null: it has none. */
  file: string | null
  /** Where it begins, counted from 1. */
  line: number
}

/** The fenced blocks of a document, named by its path in the repository. */
export function documentBlocks(path: string): DocumentBlock[] {
  return blocksOf(readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8'))
}

/** The fenced blocks of a text, in their order. Indented ones are not looked at. */
export function blocksOf(text: string): DocumentBlock[] {
  return [...text.matchAll(/^```(\S*)([^\n]*)\n(.*?)^```$/gms)].map(({ index, 1: language, 2: info, 3: code }) => {
    const words = info!.split(/\s+/).filter(Boolean)
    const file = words.find((word) => word.startsWith('file='))?.slice('file='.length) ?? null
    return { language: language!, words, code: code!, file, line: text.slice(0, index).split('\n').length }
  })
}

/** What a document says to save under this name. */
export function fileOf(blocks: readonly DocumentBlock[], name: string): string {
  const block = blocks.find(({ file }) => file === name)
  if (block === undefined) throw new Error(`no block has file=${name}`)
  return block.code
}
