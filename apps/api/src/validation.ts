import { AppError, type Fault } from '@backhaul/core'
import type { FastifySchemaValidationError } from 'fastify'
import { faultText, type SchemaFault } from './fault-text.ts'

/** Whoever sends more faults than this has been told enough. */
const maxFaults = 10_000
const maxPointerLength = 400

/** What a schema refused, with a pointer for every fault. A path that cannot name anything is `not_found`. */
export function validationRefusal(errors: FastifySchemaValidationError[], context: string): AppError {
  if (context === 'params' && errors.every(({ instancePath }) => instancePath !== '/identifier')) {
    return new AppError('not_found', 'There is no such thing.')
  }
  const faults = faultsOf(errors, context)
  const detail = faults.length === 1 ? faults[0]!.detail : `There are ${faults.length} faults.`
  return new AppError('invalid_request', detail, { errors: faults })
}

export function faultsOf(errors: FastifySchemaValidationError[], context: string): Fault[] {
  const prefix = context === 'body' ? '' : context === 'querystring' ? '/query' : `/${context}`
  // Of what may be null, the validator tells three things: what is wrong, that it is not null, and that it is neither.
  const unions = new Set(errors.filter(({ keyword }) => keyword === 'anyOf').map(({ instancePath }) => instancePath))
  const isRepeated = ({ keyword, instancePath, params }: SchemaFault) =>
    keyword === 'propertyNames' || keyword === 'anyOf' || (unions.has(instancePath) && params.type === 'null')
  return errors
    .filter((error) => !isRepeated(error))
    .slice(0, maxFaults)
    .map((error) => {
      const pointer = `${prefix}${error.instancePath}${memberOf(error)}`
      const text = faultText(error, unions.has(error.instancePath))
      return { pointer: pointer.slice(0, maxPointerLength), code: error.keyword, ...text }
    })
}

/** The member that a fault is about, when the validator names it apart from the object it is in. */
function memberOf({ keyword, params, propertyName }: SchemaFault): string {
  const named =
    propertyName ??
    (keyword === 'additionalProperties' ? params.additionalProperty : undefined) ??
    (keyword === 'required' ? params.missingProperty : undefined)
  return typeof named === 'string' ? `/${named.replaceAll('~', '~0').replaceAll('/', '~1')}` : ''
}
