import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { outputPattern } from '#support/assertions/output-pattern.ts'
import { blocksOf, documentBlocks } from '#support/client/document-blocks.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const pages = globSync('docs/guide/*.md', { cwd: root })
const words = ['no-run', 'fails', 'background', 'output', 'run', 'no-check']
const blocks = pages.flatMap((page) => documentBlocks(page).map((block) => ({ page, ...block })))

it.each(blocks)('the block at $page:$line has words that mean something', ({ words: given }) => {
  expect(given.filter((word) => !words.includes(word) && !/^file=[\w.-]+$/.test(word))).toEqual([])
})

const data = blocks.filter(({ language, words }) => ['json', 'yaml'].includes(language) && !words.includes('no-check'))
it.each(data)('the data at $page:$line can be read', ({ language, code }) => {
  expect(language === 'json' ? JSON.parse(code) : parse(code)).toBeTypeOf('object')
})

it('a block has a language, words, a name and a line', () => {
  const [first, second] = blocksOf('# A\n\n```ts file=a.ts run\nlet a\n```\n\n```\nb\n```\n')
  expect(first).toEqual({ language: 'ts', words: ['file=a.ts', 'run'], code: 'let a\n', file: 'a.ts', line: 3 })
  expect(second).toEqual({ language: '', words: [], code: 'b\n', file: null, line: 7 })
})

it.each([
  ['a', 'xay', true],
  ['a\nb', 'a\nother\nb', true],
  ['a\nb', 'b\na', false],
  ['(a…c)', '(abc)', true],
  ['(a…c)', 'abc', false],
])('output that should have %j takes %j: %s', (expected, printed, fits) => {
  expect(outputPattern(expected).test(printed)).toBe(fits)
})
