import { AppError, type Fault } from '@backhaul/core'
import type { FastifySchemaValidationError } from 'fastify'

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
  return errors
    .filter(({ keyword }) => keyword !== 'propertyNames')
    .slice(0, maxFaults)
    .map((error) => {
      const pointer = `${prefix}${error.instancePath}${memberOf(error)}`
      return { pointer: pointer.slice(0, maxPointerLength), code: error.keyword, detail: sentence(error) }
    })
}

/** The member that a fault is about, when the validator names it apart from the object it is in. */
function memberOf({ keyword, params, propertyName }: FastifySchemaValidationError & { propertyName?: string }): string {
  const named =
    propertyName ??
    (keyword === 'additionalProperties' ? params.additionalProperty : undefined) ??
    (keyword === 'required' ? params.missingProperty : undefined)
  return typeof named === 'string' ? `/${named.replaceAll('~', '~0').replaceAll('/', '~1')}` : ''
}

function sentence({
  keyword,
  params,
  message,
  propertyName,
}: FastifySchemaValidationError & { propertyName?: string }): string {
  if (propertyName !== undefined) return `The name ${message ?? 'is not valid'}.`
  switch (keyword) {
    case 'additionalProperties':
      return 'There is no such field.'
    case 'required':
      return 'The field is required.'
    case 'enum':
      return `The value must be one of ${(params.allowedValues as unknown[]).map((value) => JSON.stringify(value)).join(', ')}.`
    default:
      return `The value ${message ?? 'is not valid'}.`
  }
}
