import type { Document } from '#support/client/openapi-check.ts'
import { resolveSchema, type Schema } from './body-schema.ts'

interface InvalidBody {
  pointer: string
  why: string
  body: unknown
}

/** Bodies that are `right` but for one thing, which is where `pointer` says: made from the schema, so none is forgotten. */
export function* invalidBodies(document: Document, $ref: string, right: object): Generator<InvalidBody> {
  const resolve = (schema: Schema): Schema => resolveSchema(document, schema)

  function* inside(given: Schema, path: string[]): Generator<InvalidBody> {
    const whole = resolve(given)
    const branches = whole.anyOf?.map(resolve) ?? []
    const nullable = branches.some(({ type }) => type === 'null')
    const schema = branches.find(({ type }) => type !== 'null') ?? whole
    const pointer = path.map((name) => `/${name}`).join('')
    const put = (value: unknown, why: string): InvalidBody => ({ pointer, why, body: withValue(right, path, value) })
    for (const value of wrongTypes(schema))
      if (!(nullable && value === null)) yield put(value, `is ${JSON.stringify(value)}`)
    for (const [value, why] of outOfBounds(schema)) yield put(value, why)
    if (schema.properties) {
      for (const name of schema.required ?? []) {
        yield { pointer: `${pointer}/${name}`, why: 'is missing', body: withValue(right, [...path, name], undefined) }
      }
      const unknown = withValue(right, [...path, 'unknown/field'], 1)
      yield { pointer: `${pointer}/unknown~1field`, why: 'is unknown', body: unknown }
      for (const [name, member] of Object.entries(schema.properties)) yield* inside(member, [...path, name])
    } else if (typeof schema.additionalProperties === 'object') {
      yield* inside(schema.additionalProperties, [...path, 'some-name'])
    }
    if (schema.items && schema.maxItems !== 0) yield* inside(schema.items, [...path, '0'])
  }
  yield* inside({ $ref }, [])
}

function wrongTypes({ type }: Schema): unknown[] {
  const samples: [string, unknown][] = [
    ['null', null],
    ['boolean', true],
    ['number', 1.5],
    ['string', 'a text'],
    ['array', []],
    ['object', {}],
  ]
  return samples.filter(([name]) => name !== type).map(([, value]) => value)
}

function* outOfBounds(schema: Schema): Generator<[unknown, string]> {
  const bound = (name: string) => schema[name] as number | undefined
  const step = schema.type === 'integer' ? 1 : 0.001
  const minimum = bound('minimum')
  const maximum = bound('maximum')
  if (minimum !== undefined) yield [minimum - step, 'is too small']
  if (maximum !== undefined) yield [maximum >= Number.MAX_SAFE_INTEGER ? 1e300 : maximum + step, 'is too big']
  const maxLength = bound('maxLength')
  if (maxLength !== undefined) yield ['x'.repeat(maxLength + 1), 'is too long']
  if (bound('minLength')) yield ['', 'is empty']
  if (schema.enum || schema.const !== undefined) yield ['something else', 'is none of the values']
  if (schema.pattern) yield ['!', 'does not match']
  if (schema.format === 'date-time') yield ['2026-13-01T00:00:00Z', 'is no time']
  const maxItems = bound('maxItems')
  if (maxItems !== undefined) yield [Array.from({ length: maxItems + 1 }, () => 'x'), 'has too many items']
  if (bound('minItems')) yield [[], 'has no items']
  const maxProperties = bound('maxProperties')
  if (maxProperties !== undefined) {
    yield [Object.fromEntries(Array.from({ length: maxProperties + 1 }, (_, n) => [n, 'x'])), 'has too many members']
  }
}

/** A copy with `value` at `path`; objects and arrays on the way are made. Undefined leaves the member out. */
export function withValue(root: unknown, [name, ...rest]: string[], value: unknown): unknown {
  if (name === undefined) return value
  if (Array.isArray(root) || (root === undefined && name === '0')) {
    const items: unknown[] = [...((root as unknown[] | undefined) ?? [])]
    items[Number(name)] = withValue(items[Number(name)], rest, value)
    return items
  }
  const object = { ...((root ?? {}) as Record<string, unknown>) }
  object[name] = withValue(object[name], rest, value)
  return object
}
