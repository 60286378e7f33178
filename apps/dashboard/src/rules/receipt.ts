import type { SigningKey, Task } from '@backhaul/sdk'

/** A compact JWS (RFC 7515 §7.1), taken apart. */
export interface Receipt {
  header: Record<string, unknown>
  claims: Record<string, unknown>
  /** What was signed. */
  signed: string
  signature: Uint8Array<ArrayBuffer>
}

/** Null: it is none. */
export function readReceipt(text: string): Receipt | null {
  const [header, claims, signature, ...more] = text.trim().split('.')
  if (!header || !claims || !signature || more.length > 0) return null
  try {
    const read = { header: objectOf(header), claims: objectOf(claims), signature: bytesOfBase64url(signature) }
    return { ...read, signed: `${header}.${claims}` }
  } catch {
    return null
  }
}

function objectOf(base64url: string): Record<string, unknown> {
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytesOfBase64url(base64url)))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not an object')
  return value as Record<string, unknown>
}

export function bytesOfBase64url(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[\w-]*$/.test(text)) throw new TypeError('not base64url')
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
}

export const base64urlOf = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** What a key's name is the SHA-256 of (RFC 7638 §3.2): the required members in the order of their names. */
export const thumbprintInput = ({ crv, kty, x }: SigningKey) => JSON.stringify({ crv, kty, x })

export interface Check {
  words: string
  isMet: boolean
}

/** Whether it says of the task what the service says of it otherwise. */
export function claimChecks({ claims }: Receipt, task: Task): Check[] {
  const { file } = task
  const claimed = claims.file as { bytes?: unknown; checksums?: Record<string, unknown> } | undefined
  const checksums = Object.entries(file?.checksums ?? {})
  return [
    { words: 'It is about this task', isMet: claims.sub === task.id },
    {
      words: 'Session and URL are those of the task',
      isMet:
        claims.sessionIdentifier === task.sessionIdentifier &&
        claims.url === wholeWithoutQuery(task.originalRequest.url),
    },
    {
      words: 'Size and checksums are those of the file',
      isMet:
        file !== null &&
        claimed?.bytes === file.bytes &&
        checksums.length === Object.keys(claimed?.checksums ?? {}).length &&
        checksums.every(([name, value]) => claimed?.checksums?.[name] === value),
    },
    { words: 'It ended when the task did', isMet: task.endedAt !== null && claims.endedAt === task.endedAt },
  ]
}

function wholeWithoutQuery(url: string): string | null {
  const parsed = URL.parse(url)
  return parsed && `${parsed.origin}${parsed.pathname}`
}
