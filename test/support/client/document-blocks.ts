import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface DocumentBlock {
  /** The first word behind the fence. */
  language: string
  /** The words behind it, such as `background` and `file=receiver.ts`. */
  words: string[]
  code: string
}

/** The fenced blocks of a document, named by its path in the repository. */
export function documentBlocks(path: string): DocumentBlock[] {
  return blocksOf(readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8'))
}

/** The fenced blocks of a text. */
export function blocksOf(text: string): DocumentBlock[] {
  return [...text.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(([, info = '', code = '']) => {
    const [language = '', ...words] = info.split(/\s+/)
    return { language, words, code }
  })
}

/** What a document says to save under this name. */
export function fileOf(blocks: readonly DocumentBlock[], name: string): string {
  const block = blocks.find(({ words }) => words.includes(`file=${name}`))
  if (block === undefined) throw new Error(`no block has file=${name}`)
  return block.code
}
