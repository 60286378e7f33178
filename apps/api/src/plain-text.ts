import { AppError, type Fault } from '@backhaul/core'

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
    if (faults.length === maxFaults) break
  }
  if (faults.length > 0) throw new AppError('invalid_request', faults[0]!.detail, { errors: faults })
}

const maxFaults = 100

function isPlain(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function faultAt(place: Place, prefix: string): Fault {
  const names: string[] = []
  for (let at: Place | null = place; at?.parent; at = at.parent) names.unshift(at.name)
  const pointer = names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
  return {
    pointer: `${prefix}${pointer}`.toWellFormed().replaceAll('\0', '\uFFFD').slice(0, 400),
    code: 'text',
    detail: 'The text has a NUL or half of a surrogate pair in it.',
  }
}
