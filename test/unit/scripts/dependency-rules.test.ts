import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
// @ts-expect-error: the checker's settings are plain JavaScript.
import settings, { rooms as givenRooms } from '../../../.dependency-cruiser.mjs'
import { examples } from './dependency-examples.ts'

/*
 * `npm run arrows` is only worth something if it refuses what it says it does. A made-up tree holds, for every rule, an
 * import that it forbids and one beside it that it allows, and between all rooms every import there could be. The checker
 * looks at it once, with the settings of this repository.
 */

type Layer = 'rules' | 'useCases' | 'sql'
const rooms: Record<string, Record<Layer, string[]>> = givenRooms
const ruleNames: string[] = settings.forbidden.map(({ name }: { name: string }) => name)
const root = fileURLToPath(new URL('../../../', import.meta.url))

interface Import {
  from: string
  to: string
  typeOnly?: boolean
}
const layers = {
  rules: { label: 'rules', folder: 'rules/' },
  useCases: { label: 'use-cases', folder: '' },
  sql: { label: 'SQL', folder: 'postgres/' },
} as const
const inRoom = (room: string, path: string) => `packages/core/src/${room}/${path}.ts`
const pairs = Object.keys(rooms).flatMap((room) =>
  Object.keys(rooms).flatMap((other) => (other === room ? [] : [[room, other] as const])),
)
const between = (layer: Layer, room: string, other: string): Import => ({
  from: inRoom(room, `${layers[layer].folder}importing`),
  to: inRoom(other, `${layers[layer].folder}imported`),
})
/** An adapter that imports a port or a use case of another room. */
const fromAdapter = (room: string, other: string, typeOnly: boolean): Import => ({
  from: inRoom(room, typeOnly ? 'postgres/typing' : 'postgres/calling'),
  to: inRoom(other, 'imported'),
  typeOnly,
})

let directory: string
/** The rules that refuse an import. */
const refused = new Map<string, string[]>()
const refusals = ({ from, to }: Import) => refused.get(`${from} → ${to}`) ?? []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backhaul-dependencies-'))
  const imports: Import[] = [
    ...pairs.flatMap(([room, other]) => [
      ...(Object.keys(layers) as Layer[]).map((layer) => between(layer, room, other)),
      ...[true, false].map((typeOnly) => fromAdapter(room, other, typeOnly)),
    ]),
    ...examples
      .flatMap(({ forbidden, allowed, besides = [] }) => [...forbidden, ...allowed, ...besides])
      .map(([from, to]) => ({ from, to })),
  ]
  await writeTree(imports)
  const checker = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
  const args = ['--config', join(root, '.dependency-cruiser.mjs'), '--output-type', 'json', 'packages', 'apps']
  const { stdout } = await promisify(execFile)(process.execPath, [checker, ...args], {
    cwd: directory,
    maxBuffer: 64 * 1024 * 1024,
  })
  for (const { from, to, rule } of JSON.parse(stdout).summary.violations) {
    const key = `${from} → ${to}`
    refused.set(key, [...(refused.get(key) ?? []), rule.name])
  }
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** A target that is no path of ours is a module of Node or npm. */
async function writeTree(imports: readonly Import[]): Promise<void> {
  const files = new Map<string, Set<string>>()
  const file = (path: string) => files.get(path) ?? files.set(path, new Set()).get(path)!
  for (const { from, to, typeOnly } of imports) {
    const isOurs = /^(packages|apps)\//.test(to)
    if (isOurs) file(to)
    const path = isOurs ? relative(dirname(from), to) : to
    const specifier = isOurs && !path.startsWith('.') ? `./${path}` : path
    file(from).add(typeOnly ? `import type { Something } from '${specifier}'` : `import '${specifier}'`)
  }
  for (const [path, lines] of files) {
    await mkdir(join(directory, dirname(path)), { recursive: true })
    await writeFile(join(directory, path), `${[...lines].join('\n')}\nexport type Something = 1\n`)
  }
}

describe.each(Object.keys(rooms))('%s', (room) => {
  const others = Object.keys(rooms).filter((other) => other !== room)
  const refusedBy = (rule: string, importOf: (other: string) => Import) =>
    others.filter((other) => refusals(importOf(other)).includes(rule))

  it.each(Object.keys(layers) as Layer[])('imports in the layer %s what is on its list, and no more', (layer) => {
    const rule = `${layers[layer].label}-of-${room}`
    expect(refusedBy(rule, (other) => between(layer, room, other))).toEqual(
      others.filter((other) => !rooms[room]![layer].includes(other)),
    )
  })

  it('has adapters that know the ports of the rooms whose SQL they may use, by type only', () => {
    const unlisted = others.filter((other) => !rooms[room]!.sql.includes(other))
    expect(refusedBy(`adapters-of-${room}`, (other) => fromAdapter(room, other, true))).toEqual(unlisted)
    expect(refusedBy(`adapters-of-${room}-take-types-only`, (other) => fromAdapter(room, other, true))).toEqual([])
    expect(refusedBy(`adapters-of-${room}-take-types-only`, (other) => fromAdapter(room, other, false))).toEqual(others)
  })
})

describe.each(examples)('$rule', ({ rule, forbidden, allowed }) => {
  it.each(forbidden)('refuses %s → %s', (from, to) => {
    // The checker names modules of Node without their prefix.
    expect(refusals({ from, to: to.replace(/^node:/, '') })).toContain(rule)
  })
  if (allowed.length > 0)
    it.each(allowed)('accepts %s → %s', (from, to) => {
      expect(refusals({ from, to: to.replace(/^node:/, '') })).toEqual([])
    })
})

it('no rule is without an example', () => {
  const byRoom = Object.keys(rooms).flatMap((room) => [
    ...Object.values(layers).map(({ label }) => `${label}-of-${room}`),
    `adapters-of-${room}`,
    `adapters-of-${room}-take-types-only`,
  ])
  expect([...byRoom, ...examples.map(({ rule }) => rule)].sort()).toEqual([...ruleNames].sort())
})
