import { AppError, type Fault, maxFaults } from '@backhaul/core'
import { pointerTo } from './json-pointer.ts'

interface Place {
  value: unknown
  name: string
  parent: Place | null
}

/**
 * Refuses texts (names and values, at any depth) that PostgreSQL or UTF-8 cannot hold: NUL and lone surrogates.
 * Walks with a stack of its own, so that depth is no danger.
 */
export function requirePlainText(root: unknown, prefix: string): void {
  const faults: Fault[] = []
  const stack: Place[] = [{ value: root, name: '', parent: null }]
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    const { value, name } = place
    if (!isPlain(name) || (typeof value === 'string' && !isPlain(value))) faults.push(faultAt(place, prefix))
    if (typeof value !== 'object' || value === null) continue
    for (const key of Object.keys(value)) {
      stack.push({ value: (value as Record<string, unknown>)[key], name: key, parent: place })
    }
    if (faults.length > maxFaults) break
  }
  if (faults.length > 0) throw new AppError('invalid_request', faults[0]!.detail, { errors: faults })
}

function isPlain(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function faultAt(place: Place, prefix: string): Fault {
  const names: string[] = []
  for (let at: Place | null = place; at?.parent; at = at.parent) names.unshift(at.name)
  return {
    pointer: pointerTo(names, prefix),
    code: 'text',
    detail: 'The text has a NUL or half of a surrogate pair in it.',
  }
}
