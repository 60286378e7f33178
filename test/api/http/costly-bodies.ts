import type { Document } from '#support/client/openapi-check.ts'
import { resolveSchema, type Schema } from './body-schema.ts'
import { withValue } from './invalid-bodies.ts'

export interface CostlyBody {
  why: string
  text: string
}

const times = (size: number, each: string): string =>
  each.repeat(Math.max(0, Math.floor(size / Buffer.byteLength(each))))
/** Letters that are all different: some readers look for each one among those before. */
const letters = String.fromCodePoint(...Array.from({ length: 8000 }, (_, n) => 0x4e00 + n))

/** Bodies of `size` bytes that are the most expensive for a JSON parser, independent of the use of the value. */
export function* costlyTexts(size: number): Generator<CostlyBody> {
  const half = Math.floor(size / 2)
  yield { why: 'arrays in each other', text: '['.repeat(half) + ']'.repeat(half) }
  yield { why: 'arrays that are not closed', text: '['.repeat(size) }
  yield { why: 'objects in each other', text: `${times(size - size / 6, '{"a":')}1${'}'.repeat(size / 6)}` }
  yield { why: 'empty arrays', text: `[${times(size - 4, '[],')}[]]` }
  yield { why: 'commas', text: `[${times(size - 2, ',')}]` }
  yield { why: 'one name again and again', text: `{${times(size - 8, '"a":1,')}"a":1}` }
  yield { why: 'blanks', text: `${' '.repeat(size - 2)}{}` }
  yield { why: 'one text', text: `"${'a'.repeat(size - 2)}"` }
  yield { why: 'a text that is not closed', text: `{"${'\\"'.repeat(half - 1)}` }
  yield { why: 'escapes', text: `{"${times(size - 8, '\\u0041')}":1}` }
  yield { why: 'halves of pairs', text: `{"${times(size / 4, '\\ud800')}":[${times(size / 2, '"\\ud800",')}1]}` }
  yield { why: 'one long number', text: `[${'1'.repeat(size - 2)}]` }
  yield { why: 'a name that is forbidden', text: `{"__proto__":[${times(size - 20, '[],')}1]}` }
}

/**
 * Bodies of up to `size` bytes, each with the most costly value at one place of the schema: `right` but for that, so that
 * everything that is done to that place is done. Below an array the value comes again in every item.
 */
export function* costlyBodies(document: Document, $ref: string, right: object, size: number): Generator<CostlyBody> {
  function* inside(given: Schema, path: string[], base: object): Generator<CostlyBody> {
    for (const branch of resolveSchema(document, given).anyOf ?? [given]) {
      const schema = resolveSchema(document, branch)
      for (const { why, fill } of fillings(schema)) yield* placed(base, path, size, `/${path.join('/')} ${why}`, fill)
      for (const [name, member] of Object.entries(schema.properties ?? {})) {
        yield* inside(member, [...path, name], around(branch, name, path, base))
      }
      if (typeof schema.additionalProperties === 'object')
        yield* inside(schema.additionalProperties, [...path, 'name'], base)
      if (schema.items) yield* inside(schema.items, [...path, '0'], base)
    }
  }
  /** `base` with what has to be beside a field, and without those of which there may be only one. */
  function around(branch: Schema, name: string, path: string[], base: object): object {
    const found = branch.$ref ? (document.components.schemas[branch.$ref.split('/').at(-1)!] as Schema) : branch
    const choices = (found.oneOf ?? []).flatMap((member) => resolveSchema(document, member).required ?? [])
    const others = choices.includes(name) ? choices.filter((choice) => choice !== name) : []
    const beside = name !== 'url' && found.required?.includes('url') ? [['url', 'https://origin.example.com/']] : []
    const changes: [string, string | undefined][] = [...others.map((other) => [other, undefined]), ...beside] as []
    return changes.reduce((body, [field, value]) => withValue(body, [...path, field], value) as object, base)
  }
  yield* inside({ $ref }, [], right)
}

interface Filling {
  why: string
  /** JSON of about so many bytes. */
  fill(size: number): string
}

function* fillings(schema: Schema): Generator<Filling> {
  if (schema.type === 'array') {
    yield { why: 'has nothing but wrong items', fill: (size) => `[${times(size - 10, '{"a":1},')}{}]` }
    yield { why: 'has a thousand wrong items', fill: (size) => `[${filled(1000, size, (room) => wide(room))}]` }
    yield { why: 'has a thousand wrong texts', fill: (size) => `[${filled(1000, size, (room) => text('!', room))}]` }
    yield { why: 'is deep', fill: (size) => `${'['.repeat(10)}${filled(1000, size, () => '[]')}${']'.repeat(10)}` }
  }
  if (schema.type === 'object') {
    yield { why: 'is wide', fill: (size) => wide(size) }
    yield { why: 'is as wide as may be', fill: (size) => wide(size, 1000) }
    yield { why: 'has long names', fill: (size) => wide(size, Math.ceil(size / 8000)) }
  }
  if (schema.type === 'string') {
    for (const letter of ['t', '%']) yield { why: `is full of "${letter}"`, fill: (size) => text(letter, size) }
    yield { why: 'has many letters', fill: (size) => text(letters.slice(0, Math.max(1, size / 3)), size) }
    if (schema.maxLength === 8192) {
      const host = (size: number) => letters.slice(0, Math.max(1, Math.min(8000, size / 3 - 30)))
      yield { why: 'has a long host', fill: (size) => `"https://${host(size)}.example/"` }
      yield { why: 'has many labels', fill: (size) => `"https://${times(Math.min(size, 8100) - 20, 'é.')}example/"` }
      yield {
        why: 'has many steps',
        fill: (size) => `"https://a.example/${times(Math.min(size, 8100) - 20, 'a/../')}"`,
      }
    }
  }
  if (schema.type === 'integer' || schema.type === 'number')
    yield { why: 'is long', fill: (size) => '9'.repeat(Math.max(1, size)) }
}

function text(letters: string, size: number): string {
  return `"${times(size - 3, letters)}!"`
}

/** An object of as many members as fit, or of `count` whose names are as long as fits. */
function wide(size: number, most = size): string {
  const count = Math.max(1, Math.min(most, Math.floor(size / 10)))
  const room = Math.max(1, Math.floor(size / count) - 6)
  return `{${Array.from({ length: count }, (_, n) => `"${n.toString(36).padStart(room, 'x')}":1`).join(',')}}`
}

/** At most so many items, each the same of its share. */
function filled(most: number, size: number, item: (room: number) => string): string {
  const count = Math.max(1, Math.min(most, Math.floor(size / 16)))
  return Array(count)
    .fill(item(size / count - 1))
    .join(',')
}

/** `fill` at `path` of `right`; below an array in many items, or in fewer that are larger. */
function* placed(
  right: object,
  path: string[],
  size: number,
  why: string,
  fill: Filling['fill'],
): Generator<CostlyBody> {
  const array = path.indexOf('0')
  if (array === -1) {
    const text = JSON.stringify(withValue(right, path, hole)).split(`"${hole}"`)
    yield { why, text: text.join(fill(size - text.join('').length - 10)) }
    return
  }
  const list = path.slice(0, array)
  const item = JSON.stringify([...list, '0'].reduce(member, withValue(right, path, hole))).split(`"${hole}"`)
  for (const count of new Set([1000, Math.ceil(size / 24_000)])) {
    const items = filled(count, size - 1000, (room) => item.join(fill(room - item.join('').length)))
    const [before, after] = JSON.stringify(withValue(right, list, hole)).split(`"${hole}"`)
    yield { why: `${why}, ${count} times`, text: `${before}[${items}]${after}` }
  }
}

function member(value: unknown, name: string): unknown {
  return (value as Record<string, unknown>)[name]
}

const hole = 'here'
