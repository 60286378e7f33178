import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eventTypeNames } from '#core/events/rules/event.ts'
import { renderEventTypes } from '#scripts/event-types.ts'

/** A document with one event of this schema. */
function documentWith(schema: object): string {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/One' } } }
  return JSON.stringify({
    components: {
      schemas: { One: schema, Stranger: { type: 'string' }, Other: { type: 'string', enum: ['a', "b'c"] } },
    },
    webhooks: { one: { post: { requestBody: { content }, responses: { '2XX': {} } } } },
  })
}

describe('the types of the events', () => {
  it('name every event that the service has', () => {
    const rendered = renderEventTypes(readFileSync('openapi/openapi.json', 'utf8'))
    for (const type of eventTypeNames) expect(rendered).toMatch(new RegExp(`^ {2}'${type}': \\w+Event$`, 'm'))
    expect(rendered).toContain('\nexport type DelayedRequestAnswer = ContinueLoading | UseNewRequest | CancelLoading\n')
  })

  it('say what the schema says, and declare nothing that no event uses', () => {
    const object = {
      type: 'object',
      description: 'Ends a comment: */',
      required: ['a', 'c-d'],
      additionalProperties: false,
      properties: {
        a: { anyOf: [{ $ref: '#/components/schemas/Other' }, { type: 'null' }] },
        b: { type: 'array', items: { type: 'integer', minimum: 1 } },
        many: { type: ['array', 'null'], items: { type: 'string' } },
        kind: { type: 'string', const: 'one' },
        choice: { oneOf: [{ $ref: '#/components/schemas/Other' }, { type: 'boolean' }], discriminator: {} },
        'c-d': { type: 'object', additionalProperties: { type: 'array', items: { type: 'string', enum: ['x', 'y'] } } },
      },
    }
    const rendered = renderEventTypes(documentWith(object))
    expect(rendered).toContain(`  'one': One\n`)
    expect(rendered.split('keyof WebhookEvents]\n')[1]).toBe(`
/** Ends a comment: * / */
export interface One {
  a: Other | null
  b?: number[]
  many?: string[] | null
  kind?: 'one'
  choice?: Other | boolean
  'c-d': Record<string, Array<'x' | 'y'>>
}

export type Other = 'a' | 'b\\'c'
`)
  })

  it.each([
    [{ type: 'object', patternProperties: {} }, /does not know patternProperties/],
    [{ allOf: [] }, /does not know allOf/],
    [{ type: 'file' }, /does not know the type file/],
    [{}, /does not know the type undefined/],
    [{ type: 'object' }, /neither its fields nor their type/],
    [{ type: 'object', properties: {}, additionalProperties: { type: 'string' } }, /fields of its own and others/],
  ])('refuse what they could not say: %j', (schema, why) => {
    expect(() => renderEventTypes(documentWith(schema))).toThrow(why)
  })
})
