import type { Host } from '@backhaul/sdk'
import { describe, expect, it } from 'vitest'
import { byTrouble, hostSentence, outcomeSummary } from '#dashboard/rules/hosts.ts'

const host = (name: string, some: Partial<Host> = {}) =>
  ({
    host: name,
    state: 'healthy',
    waitingTasks: 0,
    downSince: null,
    ...some,
    connections: { yours: 0, limit: 64, ...some.connections },
  }) as Host

describe('hosts', () => {
  it('stand in the order of their trouble, then of what waits and runs there', () => {
    const hosts = [
      host('b'),
      host('a'),
      host('runs', { connections: { yours: 3, limit: 64 } }),
      host('waits', { waitingTasks: 1 }),
      host('tried', { state: 'halfOpen' }),
      host('rests', { state: 'backingOff' }),
      host('down', { state: 'circuitOpen' }),
      host('down, and awaited', { state: 'circuitOpen', waitingTasks: 9 }),
    ]
    expect(hosts.sort(byTrouble).map((each) => each.host)).toEqual([
      'down, and awaited',
      'down',
      'rests',
      'tried',
      'waits',
      'runs',
      'a',
      'b',
    ])
  })

  it('say why nothing begins there', () => {
    expect(hostSentence(host('a', { state: 'circuitOpen' }))).toContain('Nobody was there')
    expect(hostSentence(host('a', { downSince: '2026-11-30T12:00:00.000Z' }))).toContain('left alone')
    expect(hostSentence(host('a'))).toBe('')
  })

  it('are summed up by how their newest tasks went', () => {
    expect(outcomeSummary([{ state: 'failed' }, { state: 'completed' }, { state: 'suspended' }])).toBe(
      'The newest 3 tasks: 1 completed, 1 failed, 1 not begun',
    )
  })
})
