import type { Configuration } from '@backhaul/sdk'
import { describe, expect, it } from 'vitest'
import { defaultConfiguration } from '#core/sessions/rules/session.ts'
import { compareConfiguration } from '#dashboard/rules/compare-configuration.ts'
import { defaultSettings, type Setting, settingFact, settingGroups } from '#dashboard/rules/session-configuration.ts'
import { readSessionName } from '#dashboard/rules/session-filters.ts'

const stored: Configuration = { delegate: { kind: 'pull' }, ...defaultSettings }
const body = (configuration: object) => JSON.stringify({ configuration })

describe('a configuration', () => {
  it('has the defaults of the service, and each of its settings is shown once', () => {
    expect(defaultSettings).toEqual(defaultConfiguration)
    const shown = settingGroups.flatMap(({ settings }) => settings)
    expect(shown.toSorted()).toEqual(Object.keys(defaultSettings).toSorted())
  })

  it('says every default in words', () => {
    for (const setting of Object.keys(defaultSettings) as Setting[]) {
      const { value, instead } = settingFact(stored, setting)
      expect(value, setting).toMatch(/^[^{[]+$/)
      expect(instead).toBeNull()
    }
  })

  it('tells apart what is not the default', () => {
    expect(settingFact({ ...stored, fileRetention: 'permanent' }, 'fileRetention')).toEqual({
      setting: 'fileRetention',
      value: 'for good',
      instead: 'for their lease',
    })
    const hours = { timeZone: 'Europe/Berlin', windows: [{ days: ['sat', 'sun'], from: '22:00', to: '06:00' }] }
    expect(settingFact({ ...stored, preferredHours: hours as never }, 'preferredHours').value).toBe(
      'sat, sun 22:00–06:00 (Europe/Berlin)',
    )
    const window = { from: '08:00', to: '18:00', maximumBytesPerSecond: 1_048_576 }
    expect(settingFact({ ...stored, bandwidthTimetable: [window] }, 'bandwidthTimetable').value).toBe(
      '08:00–18:00 (UTC): 1.0 MiB/s',
    )
  })
})

describe('comparing a configuration', () => {
  const compare = (text: string, of = stored, url: string | null = null) => compareConfiguration(of, text, url)

  it.each([body({ delegate: { kind: 'pull' } }), '{"delegate": {"kind": "pull"}, "fileLeaseSeconds": 86400}'])(
    'finds nothing in what means the same: %s',
    (text) => expect(compare(text)).toEqual({ kind: 'compared', differences: [], unknown: [], notes: [] }),
  )

  it('finds each field that differs, also one that is left out', () => {
    const session = { ...stored, retryStatuses: [404] }
    expect(compare(body({ delegate: { kind: 'pull' }, isDiscretionary: true }), session)).toMatchObject({
      differences: [
        { field: 'isDiscretionary', stored: 'false', given: 'true' },
        { field: 'retryStatuses', stored: '[404]', given: '[]' },
      ],
    })
  })

  it('takes null for a value, decisions for a set, and no time zone for UTC', () => {
    const window = { from: '08:00', to: '18:00', maximumBytesPerSecond: 1 }
    const session: Configuration = {
      ...stored,
      wakeMaximumLatency: 60,
      delegateDecisions: ['delayedRequest', 'authenticationChallenge'],
      bandwidthTimetable: [{ ...window, timeZone: 'UTC' }],
    }
    const given = {
      delegate: { kind: 'pull' },
      wakeMaximumLatency: null,
      delegateDecisions: ['authenticationChallenge', 'delayedRequest'],
      bandwidthTimetable: [window],
    }
    expect(compare(body(given), session)).toMatchObject({
      differences: [{ field: 'wakeMaximumLatency', stored: '60', given: 'null' }],
    })
  })

  it('compares the names of headers in any case, and says that values cannot be', () => {
    const session = { ...stored, httpAdditionalHeaders: { 'X-Client': '•••', 'X-Old': '•••' } }
    const given = { delegate: { kind: 'pull' }, httpAdditionalHeaders: { 'x-client': 'a', 'X-New': 'b' } }
    expect(compare(body(given), session)).toEqual({
      kind: 'compared',
      differences: [
        { field: 'httpAdditionalHeaders.X-Old', stored: '"•••"', given: null },
        { field: 'httpAdditionalHeaders.X-New', stored: null, given: '"•••"' },
      ],
      unknown: [],
      notes: ['The value of the header x-client is write-only, so it is not compared.'],
    })
  })

  it('compares the delegate by the endpoint that it leads to', () => {
    const session: Configuration = { ...stored, delegate: { endpointId: 'whe_1' } }
    const url = 'https://hooks.example.com/'
    const differs = { differences: [{ field: 'delegate' }] }
    expect(compare(body({ delegate: { endpointId: 'whe_1' } }), session)).toMatchObject({ differences: [] })
    expect(compare(body({ delegate: { endpointId: 'whe_2' } }), session)).toMatchObject(differs)
    expect(compare(body({}), session)).toMatchObject({ differences: [{ field: 'delegate', given: null }] })
    expect(compare(body({ delegate: { url } }), session, url)).toMatchObject({ differences: [] })
    expect(compare(body({ delegate: { url: `${url}other` } }), session, url)).toMatchObject(differs)
    expect(compare(body({ delegate: { url } }), session)).toMatchObject({ differences: [], notes: [expect.anything()] })
    expect(compare(body({ delegate: { url } }))).toMatchObject(differs)
  })

  it('names what is no setting, and says why a text cannot be read', () => {
    expect(compare(body({ delegate: { kind: 'pull' }, constructor: 1 }))).toMatchObject({ unknown: ['constructor'] })
    expect(compare('')).toEqual({ kind: 'nothing' })
    for (const text of ['{', '[]', 'null', '{"configuration": 3}'])
      expect(compare(text), text).toMatchObject({ kind: 'unreadable' })
  })
})

it.each([
  ['name=nightly-1.a_b', 'nightly-1.a_b'],
  ['name=', null],
  ['', null],
  ['name=%3Cscript%3E', null],
  [`name=${'a'.repeat(129)}`, null],
])('a name in an address is one that a session can have: %j', (search, name) =>
  expect(readSessionName(new URLSearchParams(search), 'name')).toBe(name),
)
