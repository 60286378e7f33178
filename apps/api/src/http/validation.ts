import { AppError, maxReportedErrors, notFound, type RequestError, summaryOf } from '@backhaul/core'
import type { FastifySchemaValidationError } from 'fastify'
import { errorText, type SchemaError } from './error-text.ts'
import { pointerTo } from './json-pointer.ts'

/** The refusal of a request that breaks its schema, with a pointer for every error. A path that cannot name anything is `not_found`. */
export function validationRefusal(errors: FastifySchemaValidationError[], context: string): AppError {
  if (context === 'params' && errors.every(({ instancePath }) => instancePath !== '/identifier')) {
    return notFound('thing')
  }
  const fieldErrors = fieldErrorsOf(errors, context)
  return new AppError('invalid_request', summaryOf(fieldErrors), { errors: fieldErrors })
}

/** At most one more error than a client is told; that many means that validation stopped early (schema-validation.ts). */
export function fieldErrorsOf(errors: FastifySchemaValidationError[], context: string): RequestError[] {
  const prefix = context === 'body' ? '' : context === 'querystring' ? '/query' : `/${context}`
  // For a nullable value the validator reports three errors: the real one, "not null", and "neither of both".
  const unions = new Set(errors.filter(({ keyword }) => keyword === 'anyOf').map(({ instancePath }) => instancePath))
  const isRepeated = ({ keyword, instancePath, params }: SchemaError) =>
    keyword === 'propertyNames' || keyword === 'anyOf' || (unions.has(instancePath) && params.type === 'null')
  return errors
    .filter((error) => !isRepeated(error))
    .slice(0, maxReportedErrors + 1)
    .map((error) => {
      const pointer = pointerTo(memberOf(error), `${prefix}${error.instancePath}`)
      return { pointer, code: error.keyword, ...errorText(error, unions.has(error.instancePath)) }
    })
}

/** The member that an error is about, when the validator names it separately from its object. */
function memberOf({ keyword, params, propertyName }: SchemaError): string[] {
  const named =
    propertyName ??
    (keyword === 'additionalProperties' ? params.additionalProperty : undefined) ??
    (keyword === 'required' ? params.missingProperty : undefined)
  return typeof named === 'string' ? [named] : []
}
