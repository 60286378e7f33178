import { AppError } from '@backhaul/core'

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The text of a body. RFC 8259 §8.1: JSON is UTF-8. Throws `invalid_request`. */
export function decodeText(body: Uint8Array): string {
  try {
    return decoder.decode(body)
  } catch {
    throw refusal('', 'The body is not UTF-8.', 'encoding')
  }
}

/**
 * Refuses an object that has a name twice: readers disagree on which one counts (RFC 8259 §4), so a check and what it was
 * to guard could see different values. `json` is known to be well-formed.
 */
export function refuseDuplicateNames(json: string): void {
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],]/g
  const open: { names: Set<string> | null; name: string; index: number; atName: boolean }[] = []
  for (const [token] of json.matchAll(tokens)) {
    const top = open.at(-1)
    if (token === '{') open.push({ names: new Set(), name: '', index: 0, atName: true })
    else if (token === '[') open.push({ names: null, name: '', index: 0, atName: false })
    else if (token === '}' || token === ']') open.pop()
    else if (top && token === ',') {
      top.index += 1
      top.atName = top.names !== null
    } else if (top?.names && top.atName) {
      top.name = JSON.parse(token) as string
      top.atName = false
      if (!top.names.has(top.name)) top.names.add(top.name)
      else throw refusal(pointerOf(open), 'The name occurs twice in its object.', 'duplicate')
    }
  }
}

function pointerOf(open: readonly { names: Set<string> | null; name: string; index: number }[]): string {
  const steps = open.map(({ names, name, index }) => (names ? name : String(index)))
  const pointer = steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
  return pointer.toWellFormed().replaceAll('\0', '\uFFFD').slice(0, 400)
}

function refusal(pointer: string, detail: string, code: string): AppError {
  return new AppError('invalid_request', detail, { errors: [{ pointer, code, detail }] })
}
