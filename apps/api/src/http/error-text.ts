import type { FastifySchemaValidationError } from 'fastify'
import { didYouMean } from './did-you-mean.ts'

/** An error of the validator (`verbose`), with the value and the schema that it broke. */
export interface SchemaError extends FastifySchemaValidationError {
  propertyName?: string
  data?: unknown
  parentSchema?: { properties?: Record<string, unknown>; anyOf?: { type?: string }[] }
}

interface ErrorText {
  detail: string
  fix?: string
}

/** An RFC 3339 time without its zone. */
const withoutZone = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?$/

/** One sentence for one error, and how to correct it where that is plain. */
export function errorText(error: SchemaError, orNull: boolean): ErrorText {
  const { keyword, params, message, propertyName, parentSchema, data } = error
  if (propertyName !== undefined) return { detail: `The name ${message ?? 'is not valid'}.` }
  switch (keyword) {
    case 'additionalProperties': {
      const names = Object.keys(parentSchema?.properties ?? {})
      return { detail: 'There is no such field.', ...meant(String(params.additionalProperty), names) }
    }
    case 'required':
      return { detail: 'The field is required.' }
    case 'const':
      return { detail: `The value must be ${JSON.stringify(params.allowedValue)}.` }
    case 'enum': {
      const values = params.allowedValues as string[]
      const detail = `The value must be one of ${values.map((value) => JSON.stringify(value)).join(', ')}.`
      return { detail, ...(typeof data === 'string' ? meant(data, values) : {}) }
    }
    case 'type':
      return { detail: `The value must be ${withArticle(String(params.type))}${orNull ? ' or null' : ''}.` }
    case 'format':
      if (params.format === 'date-time') return timeText(data)
      return { detail: `The value ${message ?? 'is not valid'}.` }
    default:
      return { detail: `The value ${message ?? 'is not valid'}.` }
  }
}

function meant(given: string, names: readonly string[]): { fix?: string } {
  const name = didYouMean(given, names)
  return name === null ? {} : { fix: `Did you mean ${JSON.stringify(name)}?` }
}

function timeText(data: unknown): ErrorText {
  if (typeof data === 'string' && data.length <= 40 && withoutZone.test(data)) {
    const detail = 'The time has no time zone.'
    return { detail, fix: `End it with Z or an offset: ${JSON.stringify(`${data.replace(' ', 'T')}Z`)} is UTC.` }
  }
  return { detail: 'The value is not a time (RFC 3339).', fix: 'Write it like "2026-12-01T03:00:00.000Z".' }
}

function withArticle(type: string): string {
  return type === 'null' ? type : `${/^[aio]/.test(type) ? 'an' : 'a'} ${type}`
}
