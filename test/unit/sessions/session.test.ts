import { describe, expect, it } from 'vitest'
import { masked, maskValues } from '#core/kernel/rules/masking.ts'
import {
  defaultConfiguration,
  differences,
  type SessionConfiguration,
  sessionStates,
  sessionTransitions,
} from '#core/sessions/rules/session.ts'

const stored: SessionConfiguration = { ...defaultConfiguration, delegate: { kind: 'pull' } }
const changed: Omit<SessionConfiguration, 'delegate' | 'httpAdditionalHeaders'> = {
  isDiscretionary: true,
  preferredHours: { timeZone: 'UTC', windows: [{ from: '22:00', to: '06:00' }] },
  sessionSendsLaunchEvents: false,
  timeoutIntervalForRequest: 61,
  timeoutIntervalForResource: 1,
  httpMaximumConnectionsPerHost: 1,
  httpStatusPolicy: 'deliver',
  retryStatuses: [404],
  resumeWithoutValidator: 'compare',
  contentDecoding: 'decode',
  maximumBytesPerSecond: 1024,
  bandwidthTimetable: [{ timeZone: 'UTC', from: '08:00', to: '18:00', maximumBytesPerSecond: null }],
  wakeMaximumLatency: 0,
  wakeCompletion: 'explicit',
  delegateDecisions: ['delayedRequest'],
  decisionTimeout: 60,
  fileRetention: 'permanent',
  fileLeaseSeconds: 1,
}
const withHeaders = (httpAdditionalHeaders: Record<string, string>) => ({ ...stored, httpAdditionalHeaders })

describe('the differences of two configurations', () => {
  it('are none for the same one', () => {
    expect(differences(stored, structuredClone(stored))).toEqual([])
    const { delegate, ...rest } = stored
    expect(differences(stored, { ...rest, delegate })).toEqual([])
  })

  it.each(Object.keys(changed) as (keyof typeof changed)[])('show a changed %s with both values', (field) => {
    const given = { ...stored, [field]: changed[field] }
    expect(differences(stored, given)).toEqual([{ pointer: `/${field}`, stored: stored[field], given: changed[field] }])
  })

  it('cover every field', () => {
    const given = { ...changed, delegate: { endpointId: 'whe_1' }, httpAdditionalHeaders: { a: '1' } }
    const pointers = differences(stored, given).map(({ pointer }) => pointer.split('/')[1])
    expect(pointers.toSorted()).toEqual(Object.keys(stored).toSorted())
  })

  it('show another delegate, and not the same one', () => {
    const endpoint = (endpointId: string): SessionConfiguration => ({ ...stored, delegate: { endpointId } })
    expect(differences(endpoint('whe_1'), endpoint('whe_1'))).toEqual([])
    expect(differences(endpoint('whe_1'), endpoint('whe_2'))).toEqual([
      { pointer: '/delegate', stored: { endpointId: 'whe_1' }, given: { endpointId: 'whe_2' } },
    ])
    expect(differences(stored, endpoint('whe_1'))).toHaveLength(1)
    expect(differences(endpoint('whe_1'), stored)).toHaveLength(1)
  })

  it('never show a header’s value, but its name as it is written', () => {
    const found = differences(
      withHeaders({ Authorization: 'secret-1', Old: 'secret-2' }),
      withHeaders({ authorization: 'secret-3', New: 'secret-4' }),
    )
    expect(found).toEqual([
      { pointer: '/httpAdditionalHeaders/authorization', stored: masked, given: masked },
      { pointer: '/httpAdditionalHeaders/Old', stored: masked, given: null },
      { pointer: '/httpAdditionalHeaders/New', stored: null, given: masked },
    ])
    expect(JSON.stringify(found)).not.toContain('secret')
  })

  it('take header names whatever their case', () => {
    expect(differences(withHeaders({ 'X-Client': 'a' }), withHeaders({ 'x-client': 'a' }))).toEqual([])
    expect(differences(withHeaders({ 'X-Client': 'a' }), withHeaders({ 'x-client': 'A' }))).toHaveLength(1)
  })

  it('escape header names in the pointer', () => {
    expect(differences(stored, withHeaders({ '~a/b~1': 'x' }))[0]?.pointer).toBe('/httpAdditionalHeaders/~0a~1b~01')
  })

  it('take names that mean something to JavaScript', () => {
    const tricky = JSON.parse('{"__proto__": "x", "constructor": "y"}') as Record<string, string>
    expect(differences(stored, withHeaders(tricky)).map(({ pointer }) => pointer)).toEqual([
      '/httpAdditionalHeaders/__proto__',
      '/httpAdditionalHeaders/constructor',
    ])
    expect(JSON.stringify(maskValues(tricky))).toBe(JSON.stringify({ ['__proto__']: masked, constructor: masked }))
  })
})

describe('a session', () => {
  it('goes from active by way of finishing to invalidated, and not back', () => {
    const follow = (name: keyof typeof sessionTransitions) =>
      sessionStates.map((state) =>
        (sessionTransitions[name].from as readonly string[]).includes(state) ? sessionTransitions[name].to : null,
      )
    expect(Object.keys(sessionTransitions)).toEqual(['finish', 'invalidate'])
    expect(follow('finish')).toEqual(['finishing', null, null])
    expect(follow('invalidate')).toEqual(['invalidated', 'invalidated', null])
  })
})
