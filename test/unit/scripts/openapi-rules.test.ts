import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openapiFindings } from '#scripts/openapi-rules.ts'

type Json = Record<string, unknown>
const text = { type: 'string', description: 'A text.' }
const to = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const object = (properties: Json, more: Json = {}) => ({
  type: 'object',
  description: 'A thing.',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
})

/** A good document with these components beside its own, and these fields in its only operation. */
function documentWith(schemas: Json, operation: Json = {}): object {
  const good = {
    operationId: 'getThing',
    tags: ['Things'],
    summary: 'Get a thing',
    responses: { 200: { content: { 'application/json': { schema: to('Thing') } } } },
  }
  return {
    tags: [{ name: 'Things' }],
    paths: { '/things': { get: { ...good, ...operation } } },
    webhooks: { 'thing.done': { post: { ...good, operationId: 'onThingDone', responses: {} } } },
    components: { schemas: { Thing: object({ name: text }), ...schemas } },
  }
}
const kind = (value: string) => ({ ...text, const: value })
const choice = { description: 'One of two.', oneOf: [to('One'), to('Two')] }

describe('a document that clients in other languages are generated from', () => {
  it('is the one of the service', () => {
    expect(openapiFindings(JSON.parse(readFileSync('openapi/openapi.json', 'utf8')))).toEqual([])
  })

  it.each<[string, Json]>([
    [
      'maps, lists and what may be null',
      {
        One: object({
          map: { type: 'object', description: 'By name.', additionalProperties: { type: 'string' } },
          many: { type: 'array', description: 'Things.', items: to('Thing') },
          thing: { description: 'Null: none.', anyOf: [to('Thing'), { type: 'null' }] },
          name: { ...text, type: ['string', 'null'] },
          from: to('Thing'),
        }),
      },
    ],
    [
      'numbers that say their size',
      {
        One: object({
          few: { type: 'integer', maximum: 10, description: 'Few.' },
          many: { type: ['integer', 'null'], format: 'int64', description: 'Many.' },
          ratio: { type: 'number', format: 'double', description: 'A ratio.' },
          status: { type: 'integer', enum: [401, 407], description: 'One of two.' },
        }),
      },
    ],
    [
      'a union by a constant',
      {
        One: object({ kind: kind('one') }),
        Two: object({ kind: kind('two') }),
        Choice: {
          ...choice,
          discriminator: { propertyName: 'kind', mapping: { one: to('One').$ref, two: to('Two').$ref } },
        },
      },
    ],
    [
      'a union of closed objects, each with a field of its own',
      {
        One: object({ url: text }),
        Two: object({ file: text }),
        Choice: choice,
      },
    ],
  ])('may have %s', (_, schemas) => {
    expect(openapiFindings(documentWith(schemas))).toEqual([])
  })

  it.each<[Json, string]>([
    [{ One: object({ inner: object({ name: text }) }) }, 'One.inner: an object without a name'],
    [
      { One: object({ many: { type: 'array', description: 'Many.', items: object({ name: text }) } }) },
      'One.many[]: an object without a name',
    ],
    [
      { One: { type: 'object', description: 'By name.', additionalProperties: object({ name: text }) } },
      'One{}: an object without a name',
    ],
    [{ One: object({ inner: { ...choice, oneOf: [to('Thing')] } }) }, 'One.inner: a choice without a name'],
    [{ One: { type: 'string' } }, 'One: has no description'],
    [{ One: object({ name: { type: 'string' } }) }, 'One.name: has no description'],
    [{ One: object({ name: { anyOf: [to('Thing'), { type: 'null' }] } }) }, 'One.name: has no description'],
    [
      { One: object({ name: { description: 'Nothing.', type: 'null' } }) },
      'One.name: null and nothing else, which is no type in most languages',
    ],
    [
      { One: object({ name: { description: 'A name.', anyOf: [{ type: 'string' }, { type: 'null' }] } }) },
      'One.name: an anyOf that is not a component or null',
    ],
    [
      { One: object({ size: { type: 'integer', description: 'Bytes.' } }) },
      'One.size: an integer that may be more than 2^31 − 1, without the format int64',
    ],
    [
      { One: object({ ratio: { type: ['number', 'null'], description: 'A ratio.' } }) },
      'One.ratio: a number without the format double',
    ],
    [
      { One: object({ name: text }), Two: object({ name: text }), Choice: choice },
      'Choice: One and Two cannot be told apart',
    ],
    [
      {
        One: object({ url: text }),
        Two: object({ file: text }),
        Inner: choice,
        Three: object({ file: text }),
        Choice: { ...choice, oneOf: [to('Inner'), to('Three')] },
      },
      'Choice: Two and Three cannot be told apart',
    ],
    [
      { One: object({ kind: kind('one') }), Two: object({ kind: kind('two') }), Choice: choice },
      'Choice: a union by kind without a discriminator',
    ],
    [
      {
        One: object({ kind: kind('one') }),
        Two: object({ kind: kind('two') }),
        Choice: { ...choice, discriminator: { propertyName: 'kind', mapping: { one: to('One').$ref } } },
      },
      'Choice: the discriminator kind does not lead to #/components/schemas/Two',
    ],
    [{ one: text }, 'one: not in Pascal case'],
    [{ File: text }, 'File: hides a type of Python or Java'],
    [{ GetThingResponse: text }, 'GetThingResponse: what generators call a type of getThing'],
    [{ UserName: text, Username: text, THING: text }, 'THING: not in Pascal case'],
    [{ OneThing: text, Onething: text, OneTHing: text }, 'OneTHing: not in Pascal case'],
    [{ One: object({ 'a-b': text }) }, 'One.a-b: not in camel case'],
    [{ One: object({ class: text }) }, 'One.class: means something else in a class'],
    [{ One: object({ global: text }) }, 'One.global: means something else in a class'],
    [{ One: object({ etag: text, eTag: text, e_tag: text }) }, 'One: eTag and e_tag are one field'],
    [{ One: { ...text, enum: ['a.b', 'aB'] } }, 'One: a.b and aB are one constant'],
    [{ One: { ...text, enum: ['1st'] } }, 'One: "1st" is no constant\'s name'],
  ])('does not have %j', (schemas, finding) => {
    expect(openapiFindings(documentWith(schemas))).toContain(finding)
  })

  it.each<[Json, string]>([
    [
      { operationId: 'Get_Thing' },
      "GET /things: Get_Thing is no method's name (a verb and what it is done to, in camel case)",
    ],
    [
      { operationId: 'import' },
      "GET /things: import is no method's name (a verb and what it is done to, in camel case)",
    ],
    [{ operationId: 'onThingDone' }, 'onThingDone and onThingDone are one method'],
    [{ tags: ['Things', 'Others'] }, 'GET /things: not in one group that the document lists'],
    [{ tags: ['Others'] }, 'GET /things: not in one group that the document lists'],
    [{ summary: '' }, 'GET /things: has no summary'],
    [{ parameters: [{ name: 'type', schema: { type: 'string' } }] }, 'GET /things ?type: has no description'],
    [
      { requestBody: { content: { 'application/json': { schema: object({ name: text }) } } } },
      'GET /things request application/json: an object without a name',
    ],
    [
      {
        responses: {
          200: { content: { 'application/json': { schema: { type: 'array', items: object({ name: text }) } } } },
        },
      },
      'GET /things 200 application/json[]: an object without a name',
    ],
  ])('does not have an operation with %j', (operation, finding) => {
    expect(openapiFindings(documentWith({}, operation))).toContain(finding)
  })
})
