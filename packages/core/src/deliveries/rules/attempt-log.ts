import { masked } from '../../kernel/rules/masking.ts'

/** Fields that the service sets and that prove nothing. All others are the tenant's, and may hold a credential. */
const shown = new Set(['content-type', 'user-agent', 'webhook-id', 'webhook-timestamp'])

/**
 * The header fields of an attempt as its log keeps them. A signature is masked, because a reader of the log could send
 * the event in our name within its five minutes (Standard Webhooks, "replay attacks"); its scheme stays.
 */
export function loggedHeaders(sent: Record<string, string>): Record<string, string> {
  const fields = Object.entries(sent).map(([given, value]) => {
    const name = given.toLowerCase()
    if (name === 'webhook-signature') return [name, value.replaceAll(/,\S+/g, `,${masked}`)]
    return [name, shown.has(name) ? value : masked]
  })
  return Object.fromEntries(fields) as Record<string, string>
}

/**
 * Line feeds and tabs stay. The rest is C0, DEL, C1, and characters that change the direction of writing (Trojan
 * Source, CVE-2021-42574).
 */
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/**
 * Text from outside as the log keeps it. Characters that control a terminal or are invisible are written as `\u001b`,
 * and half a surrogate pair becomes U+FFFD, because PostgreSQL accepts neither NUL nor that.
 */
export function loggedText(text: string): string {
  return text.toWellFormed().replaceAll(unprintable, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** Of the header fields of one response, at most so much is kept. Characters. */
const mostHeaderText = 4096

/** The header fields of a response, as far as they fit. What a receiver hands to a browser for later is masked. */
export function loggedResponseHeaders(received: Record<string, string>): Record<string, string> {
  let left = mostHeaderText
  const fields: [string, string][] = []
  for (const [given, value] of Object.entries(received)) {
    const name = loggedText(given.toLowerCase())
    const text = name === 'set-cookie' ? masked : loggedText(value)
    left -= name.length + text.length
    if (left < 0) break
    fields.push([name, text])
  }
  return Object.fromEntries(fields)
}
