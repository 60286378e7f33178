import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folders = '{packages,apps,bench,deploy,examples,scripts,test,prisma,openapi,docs,.ci}/**/*'
const exclude = (path: string) => path.includes('node_modules')
const files = globSync([folders, '*', '.*'], { cwd: root, exclude })
const documents = files.filter((path) => path.endsWith('.md')).toSorted()
/** What a reader of a document makes by following it. */
const made = ['app.mjs', 'app.ts', 'receiver.ts', 'verify-receipt.ts', 'migration.sql']

it.each(documents)('%s links and names only files that exist', (document) => {
  const text = readFileSync(join(root, document), 'utf8')
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
    .map(([, path]) => join(dirname(document), path!).replace(/\/$/, ''))
    .filter((path) => !files.includes(path))
  const named = [...text.matchAll(/`(?:\.{1,2}\/)*([\w./-]+\.(?:ts|mjs|md|yml|sql)|[\w/]*schema\.prisma)`/g)]
    .map(([, path]) => path!)
    .filter((path) => !files.some((file) => file === path || file.endsWith(`/${path}`)))
  expect([...links, ...named].filter((path) => !made.includes(path))).toEqual([])
})

it.each(documents)('%s leads to headings that are there', (document) => {
  const text = readFileSync(join(root, document), 'utf8')
  const missing = [...text.matchAll(/\]\((?!https?:)([^)#]*\.md|)#([^)]+)\)/g)]
    .map(([, path, heading]) => [path ? join(dirname(document), path) : document, heading!] as const)
    .filter(([path, heading]) => !headings(path).includes(heading))
  expect(missing).toEqual([])
})

/** Of a document, as GitHub names them in addresses. */
function headings(path: string): string[] {
  const lines = readFileSync(join(root, path), 'utf8').matchAll(/^#+ (.+)$/gm)
  return [...lines].map(([, line]) =>
    line!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

it.each(documents)('%s has no marks of an unfinished merge', (document) => {
  expect(readFileSync(join(root, document), 'utf8')).not.toMatch(/^(<{7}|>{7}) /m)
})

it.each(documents)('%s names metrics in full, so that they can be asked for', (document) => {
  const names = [...readFileSync(join(root, 'docs/metrics.md'), 'utf8').matchAll(/^\| `backhaul_(\w+)`/gm)].map(
    ([, name]) => name!,
  )
  const text = readFileSync(join(root, document), 'utf8')
  expect(names.length).toBeGreaterThan(30)
  expect(names.filter((name) => text.includes(`\`${name}\``))).toEqual([])
})

const rooms = globSync(['packages/core/src/*/', 'packages/transfer/src/*/'], { cwd: root })

it.each(rooms)('%s has a README', (room) => {
  expect(documents).toContain(join(room, 'README.md'))
})
