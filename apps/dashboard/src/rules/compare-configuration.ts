import type { Configuration } from '@backhaul/sdk'
import { defaultSettings, type Setting, sameValue } from './session-configuration.ts'

export interface Difference {
  field: string
  /** As JSON; null: it is not there. */
  stored: string | null
  given: string | null
}

export type Comparison =
  | { kind: 'nothing' }
  | { kind: 'unreadable'; why: string }
  /** `notes`: what cannot be told from here. */
  | { kind: 'compared'; differences: Difference[]; unknown: string[]; notes: string[] }

/**
 * What `PUT /v1/sessions/{identifier}` would find: the text is its body, or the configuration alone. What is left out has
 * its default, as in the service. `endpointUrl`: where the session's endpoint is, when that is known.
 */
export function compareConfiguration(stored: Configuration, text: string, endpointUrl: string | null): Comparison {
  if (text.trim() === '') return { kind: 'nothing' }
  const parsed = parse(text)
  if ('why' in parsed) return { kind: 'unreadable', why: parsed.why }
  const { given } = parsed
  const differences: Difference[] = []
  const notes: string[] = []
  for (const setting of Object.keys(defaultSettings) as Setting[]) {
    if (setting === 'httpAdditionalHeaders') continue
    const [before, after] = [stored[setting], given[setting] ?? defaultOf(given, setting)]
    if (!sameValue(comparable(setting, before), comparable(setting, after)))
      differences.push({ field: setting, stored: JSON.stringify(before), given: JSON.stringify(after) })
  }
  compareDelegate(stored.delegate, given.delegate, endpointUrl, differences, notes)
  compareHeaders(stored.httpAdditionalHeaders, given.httpAdditionalHeaders, differences, notes)
  const unknown = Object.keys(given).filter((name) => name !== 'delegate' && !Object.hasOwn(defaultSettings, name))
  return { kind: 'compared', differences, unknown, notes }
}

type Given = Partial<Record<string, unknown>>

function parse(text: string): { given: Given } | { why: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { why: `This is no JSON: ${(error as Error).message}` }
  }
  if (!isObject(value)) return { why: 'A configuration is a JSON object.' }
  if (!Object.hasOwn(value, 'configuration')) return { given: value }
  return isObject(value.configuration)
    ? { given: value.configuration }
    : { why: 'Its member configuration is no JSON object.' }
}

/** Null is a value of its own where a setting may be null. */
function defaultOf(given: Given, setting: Setting): unknown {
  return Object.hasOwn(given, setting) && given[setting] === null ? null : defaultSettings[setting]
}

/** As the service keeps it: decisions are a set, and a window without a time zone means UTC. */
function comparable(setting: Setting, value: unknown): unknown {
  if (!Array.isArray(value)) return value
  if (setting === 'delegateDecisions') return value.toSorted()
  if (setting !== 'bandwidthTimetable') return value
  return value.map((window) => (isObject(window) ? { timeZone: 'UTC', ...window } : window))
}

function compareDelegate(
  stored: Configuration['delegate'],
  given: unknown,
  endpointUrl: string | null,
  differences: Difference[],
  notes: string[],
): void {
  const isUrl = isObject(given) && typeof given.url === 'string'
  if (isUrl && 'endpointId' in stored && endpointUrl === null)
    notes.push('Whether the URL of the delegate is that of the endpoint is not known here.')
  else if (isUrl ? given.url !== endpointUrl || !('endpointId' in stored) : !sameValue(stored, given))
    differences.push({
      field: 'delegate',
      stored: JSON.stringify(stored),
      given: given === undefined ? null : JSON.stringify(given),
    })
}

/** Their values are write-only, so only names can be compared; names in any case. */
function compareHeaders(stored: Record<string, string>, given: unknown, differences: Difference[], notes: string[]) {
  const names = isObject(given) ? Object.keys(given) : []
  const [before, after] = [byLowerName(Object.keys(stored)), byLowerName(names)]
  for (const [lower, name] of new Map([...before, ...after]))
    if (before.has(lower) && after.has(lower))
      notes.push(`The value of the header ${name} is write-only, so it is not compared.`)
    else
      differences.push({
        field: `httpAdditionalHeaders.${name}`,
        stored: before.has(lower) ? '"•••"' : null,
        given: after.has(lower) ? '"•••"' : null,
      })
}

const byLowerName = (names: readonly string[]) => new Map(names.map((name) => [name.toLowerCase(), name]))

function isObject(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
