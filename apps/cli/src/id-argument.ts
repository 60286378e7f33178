import { Argument } from 'commander'
import { calledWrongly } from './command-error.ts'
import { type IdKind, idFault } from './rules/ids.ts'

/** An argument that is an id, such as `<task>`, or of several: `<task...>`. What is none is told before the service is asked. */
export function idArgument(kind: IdKind, name = `<${kind}>`): Argument {
  const isVariadic = name.includes('...')
  return new Argument(name, isVariadic ? 'ids' : 'its id').argParser<string | string[]>((text, before) => {
    const fault = idFault(kind, text)
    if (fault !== null) throw calledWrongly(fault)
    return isVariadic ? [before ?? []].flat().concat(text) : text
  })
}
