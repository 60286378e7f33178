import fc from 'fast-check'
import type { Document } from '#support/client/openapi-check.ts'
import { resolveSchema, type Schema } from './body-schema.ts'

/** Texts with everything in them: control characters, NUL, surrogates by themselves. */
export function textOf(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\0', '\ud800', '__proto__'),
  )
}

/** JSON bodies near to what a schema allows: right, slightly wrong, and wild ones. */
export function bodyOf(document: Document, schema: object | undefined): fc.Arbitrary<string> {
  return anyOf(document, (schema ?? {}) as Schema).map((value) => JSON.stringify(value) ?? '')
}

const times = fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
const urls = fc.oneof(
  fc.webUrl({ withQueryParameters: true }),
  fc.constantFrom('https://origin.example.com/', 'http://127.0.0.1/', 'ftp://a.example/', 'https://[::1]/'),
)

function anyOf(document: Document, given: Schema): fc.Arbitrary<unknown> {
  const schema = resolveSchema(document, given)
  const wild = fc.oneof(fc.jsonValue(), textOf(), fc.constantFrom(null, 1e308, -1, 2 ** 53, '', [], {}))
  return fc.oneof({ weight: 6, arbitrary: nearly(document, schema) }, wild)
}

function nearly(document: Document, schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...(schema.enum as unknown[]))
  switch (schema.type) {
    case 'object': {
      if (!schema.properties) return fc.dictionary(textOf(), textOf(), { maxKeys: 4 })
      const members = Object.entries(schema.properties).map(([name, member]) => [name, anyOf(document, member)])
      const required = schema.required ?? []
      const model = Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>
      return fc.record(model, { requiredKeys: required })
    }
    case 'array':
      return fc.array(anyOf(document, schema.items ?? {}), { maxLength: 3 })
    case 'string':
      return schema.format === 'date-time' ? times : fc.oneof(textOf(), urls)
    case 'integer':
      return fc.oneof(fc.nat(), fc.maxSafeInteger())
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true })
    case 'boolean':
      return fc.boolean()
    default:
      return fc.jsonValue()
  }
}
