import { maxReportedErrors } from '@backhaul/core'
import AjvCompiler from '@fastify/ajv-compiler'
import { _, type Ajv, type CodeKeywordDefinition } from 'ajv'
import { Type } from 'ajv/dist/compile/util.js'
import type { FastifySchemaCompiler, FastifyServerOptions } from 'fastify'

/** Ajv reports one error in up to three entries, of which validation.ts keeps one: this many entries are more than {@link maxReportedErrors} errors. */
const maxErrors = 4 * maxReportedErrors

/** How schemas are applied: all errors are found, up to a limit, and the input is not changed. */
export const schemaValidation: FastifyServerOptions['ajv'] = {
  customOptions: {
    keywords: ['exactlyOneOf'],
    verbose: true,
    allErrors: true,
    coerceTypes: false,
    removeAdditional: false,
    useDefaults: false,
  },
  onCreate(ajv: Ajv) {
    ajv.removeKeyword('items').addKeyword(boundedItems)
    const { validate } = ajv.formats['date-time'] as { validate(text: string): boolean }
    ajv.addFormat('date-time', (text) => text.length <= maxTimeLength && validate(text))
  },
}

/** Limits the length first: the format's own check splits the text at every "t", however long the text is. */
const maxTimeLength = 64

/**
 * Ajv's `items`, but that it does not look at further items when there are more errors than a client is told. Ajv would
 * collect those of all items, and copy what it has so far for each.
 */
const boundedItems: CodeKeywordDefinition = {
  keyword: 'items',
  type: 'array',
  schemaType: ['object', 'boolean'],
  before: 'uniqueItems',
  code(cxt) {
    const { gen, data, it } = cxt
    it.items = true
    const valid = gen.name('valid')
    const all = gen.let('all', true)
    gen.forRange('i', 0, _`${data}.length`, (i) => {
      cxt.subschema({ keyword: 'items', dataProp: i, dataPropType: Type.Num }, valid)
      gen.if(_`!${valid}`, () => gen.assign(all, false))
      gen.if(_`errors > ${maxErrors}`, () => gen.break())
    })
    cxt.ok(all)
  },
}

/**
 * Compiles the schemas of a route when its first request comes: compiling all of them took a quarter of the API's start. All routes share
 * one compiler, which Fastify would look up for each by the text of all schemas.
 */
export function lazyValidation(): NonNullable<FastifyServerOptions['schemaController']> {
  const build = AjvCompiler() as unknown as Build
  let compile: ReturnType<Build> | undefined
  const buildValidator: Build = (schemas, options) => (route) => {
    let validate: Validate | undefined
    const lazy: Validate = (data) => {
      compile ??= build(schemas, options)
      validate ??= compile(route.httpPart === 'headers' ? { ...route, schema: withLowerNames(route.schema) } : route)
      const isValid = validate(data)
      lazy.errors = validate.errors ?? null
      return isValid
    }
    return lazy
  }
  return { compilersFactory: { buildValidator: buildValidator as never } }
}

type Validate = ReturnType<FastifySchemaCompiler<unknown>>
type Build = (schemas: unknown, options: unknown) => (route: { schema: HeadersSchema; httpPart?: string }) => Validate
interface HeadersSchema {
  properties?: Record<string, unknown>
  required?: readonly string[]
}

/** Node gives the names of header fields in lower case (RFC 9110 §5.1: they are case-insensitive). */
function withLowerNames({ properties = {}, required = [], ...rest }: HeadersSchema): HeadersSchema {
  const lower = Object.entries(properties).map(([name, schema]) => [name.toLowerCase(), schema])
  return { ...rest, properties: Object.fromEntries(lower), required: required.map((name) => name.toLowerCase()) }
}
