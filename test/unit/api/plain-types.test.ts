import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { type PlainSchema, withPlainTypes } from '#api/openapi/plain-types.ts'

const orNull = (schema: PlainSchema, description?: string): PlainSchema => ({
  ...(description === undefined ? {} : { description }),
  anyOf: [schema, { type: 'null' }],
})
const reference = { $ref: '#/components/schemas/Task' }

describe('a schema in plain types', () => {
  it.each<[string, PlainSchema, PlainSchema]>([
    [
      'a value that may be null, with one description made of both',
      orNull({ type: 'string', format: 'date-time', description: 'When it ends.' }, 'Null: never.'),
      { type: ['string', 'null'], format: 'date-time', description: 'When it ends. Null: never.' },
    ],
    [
      'an enum that may be null',
      orNull({ type: 'string', enum: ['a'] }),
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    ['a component that may be null', orNull(reference, 'Null: none.'), orNull(reference, 'Null: none.')],
    ['a large integer', orNull({ type: 'integer' }), { type: ['integer', 'null'], format: 'int64' }],
    ['a small integer', { type: 'integer', maximum: 100 }, { type: 'integer', maximum: 100 }],
    ['an integer that is one of some', { type: 'integer', enum: [401, 407] }, { type: 'integer', enum: [401, 407] }],
    ['a number', { type: 'number', maximum: 1 }, { type: 'number', maximum: 1, format: 'double' }],
    [
      'what is inside of objects, lists and maps',
      {
        type: 'object',
        additionalProperties: false,
        properties: {
          many: { type: 'array', items: { type: 'number' } },
          map: { type: 'object', additionalProperties: orNull({ type: 'boolean' }) },
        },
      },
      {
        type: 'object',
        additionalProperties: false,
        properties: {
          many: { type: 'array', items: { type: 'number', format: 'double' } },
          map: { type: 'object', additionalProperties: { type: ['boolean', 'null'] } },
        },
      },
    ],
  ])('says of %s the same', (_, given, plain) => {
    const before = structuredClone(given)
    expect(withPlainTypes(given)).toEqual(plain)
    expect(given).toEqual(before)
  })

  it('takes the same values', () => {
    const given = orNull({ type: 'array', items: orNull({ type: 'string', enum: ['a', 'b'] }) })
    const ajv = new Ajv2020({ strict: false })
    const [was, is] = [ajv.compile(given), ajv.compile(withPlainTypes(given))]
    for (const value of [null, [], [null], ['a', null], ['c'], 'a', {}, [['a']]]) expect(is(value)).toBe(was(value))
  })
})
