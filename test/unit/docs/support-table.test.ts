import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const folder = new URL('../../support/', import.meta.url)
const table = readFileSync(new URL('README.md', folder), 'utf8')
const files = globSync('*/*.ts', { cwd: folder })

it('the table of what the tests share names every file, and no other', () => {
  const named = [...table.matchAll(/`([a-z]+\/[\w-]+\.ts)`/g)].map(([, path]) => path!)
  expect(new Set(named)).toEqual(new Set(files))
})

it('the table names only functions that its files have', () => {
  const rows = table.split('\n').filter((row) => /`[a-z]+\/[\w-]+\.ts`/.test(row) && row.startsWith('|'))
  expect(rows.length).toBeGreaterThan(40)
  for (const row of rows) {
    const texts = files
      .filter((file) => row.includes(`\`${file}\``))
      .map((file) => readFileSync(new URL(file, folder), 'utf8'))
    for (const [, name] of row.matchAll(/`(\w+)\(\)`/g))
      expect(texts.join('\n'), name).toMatch(new RegExp(`\\b${name}\\b`))
  }
})
