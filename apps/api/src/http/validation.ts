import { AppError, type Fault, maxFaults, notFound, summaryOf } from '@backhaul/core'
import type { FastifySchemaValidationError } from 'fastify'
import { faultText, type SchemaFault } from './fault-text.ts'
import { pointerTo } from './json-pointer.ts'

/** What a schema refused, with a pointer for every fault. A path that cannot name anything is `not_found`. */
export function validationRefusal(errors: FastifySchemaValidationError[], context: string): AppError {
  if (context === 'params' && errors.every(({ instancePath }) => instancePath !== '/identifier')) {
    return notFound('thing')
  }
  const faults = faultsOf(errors, context)
  return new AppError('invalid_request', summaryOf(faults), { errors: faults })
}

/** One more than a client is told at most, if there are as many: then not everything was looked at (schema-validation.ts). */
export function faultsOf(errors: FastifySchemaValidationError[], context: string): Fault[] {
  const prefix = context === 'body' ? '' : context === 'querystring' ? '/query' : `/${context}`
  // Of what may be null, the validator tells three things: what is wrong, that it is not null, and that it is neither.
  const unions = new Set(errors.filter(({ keyword }) => keyword === 'anyOf').map(({ instancePath }) => instancePath))
  const isRepeated = ({ keyword, instancePath, params }: SchemaFault) =>
    keyword === 'propertyNames' || keyword === 'anyOf' || (unions.has(instancePath) && params.type === 'null')
  return errors
    .filter((error) => !isRepeated(error))
    .slice(0, maxFaults + 1)
    .map((error) => {
      const pointer = pointerTo(memberOf(error), `${prefix}${error.instancePath}`)
      return { pointer, code: error.keyword, ...faultText(error, unions.has(error.instancePath)) }
    })
}

/** The member that a fault is about, when the validator names it apart from the object it is in. */
function memberOf({ keyword, params, propertyName }: SchemaFault): string[] {
  const named =
    propertyName ??
    (keyword === 'additionalProperties' ? params.additionalProperty : undefined) ??
    (keyword === 'required' ? params.missingProperty : undefined)
  return typeof named === 'string' ? [named] : []
}
