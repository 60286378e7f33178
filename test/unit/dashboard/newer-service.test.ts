import type { Host, TaskCounts } from '@backhaul/sdk'
import { describe, expect, it } from 'vitest'
import { endpointState } from '#dashboard/rules/endpoint-health.ts'
import { eventTypesToChoose } from '#dashboard/rules/event-types.ts'
import { byTrouble, hostWords, outcomeOf, outcomeSummary, outcomeWordsOf } from '#dashboard/rules/hosts.ts'
import { wordFor } from '#dashboard/rules/known.ts'
import { countedStates } from '#dashboard/rules/task-counts.ts'
import { lookOfLimit } from '#dashboard/rules/tenant-limits.ts'
import { lookOfReason, type Reason } from '#dashboard/rules/waiting-reasons.ts'

/** A word that a newer service has, and words that every object has. */
const unknown = ['hibernating', 'constructor', 'toString', '__proto__']

describe('a word of a newer service that this page does not know', () => {
  it.each(unknown)('has no entry of a table: %s', (word) => {
    expect(wordFor({ running: 'busy' }, word, 'quiet')).toBe('quiet')
    expect(wordFor({ running: 'busy' }, 'running', 'quiet')).toBe('busy')
  })

  it.each(unknown)('is shown as it is where it is the state of a host: %s', (word) => {
    const host = (name: string, state: string) =>
      ({ host: name, state, waitingTasks: 0, downSince: null, connections: { yours: 0, limit: 1 } }) as unknown as Host
    expect(hostWords(word)).toBe(word)
    const hosts = [host('well', 'healthy'), host('new', word), host('down', 'circuitOpen')]
    expect(hosts.sort(byTrouble).map((each) => each.host)).toEqual(['down', 'new', 'well'])
  })

  it.each(unknown)('is counted as it is where it is how tasks went: %s', (word) => {
    const task = { state: word } as unknown as Parameters<typeof outcomeOf>[0]
    expect(outcomeWordsOf(outcomeOf(task))).toBe(word)
    expect(outcomeSummary([task, { state: 'failed' }])).toBe(`The newest 2 tasks: 1 failed, 1 ${word}`)
  })

  it.each(unknown)('is shown as it is where it is a reason or a limit: %s', (word) => {
    expect(lookOfReason(word as Reason).words).toBe(word)
    expect(lookOfLimit(word).words).toBe(word)
    expect(lookOfLimit(word).say(1000)).toBe('1,000')
  })

  it.each(unknown)('is shown as it is where it is the state of an endpoint: %s', (word) => {
    const endpoint = { state: word as 'enabled', verification: 'verified', failingSince: null } as const
    expect(endpointState(endpoint)).toEqual({ words: word, tone: 'quiet' })
  })

  it.each(unknown)('is counted with the others where it is the state of tasks: %s', (word) => {
    const counts = JSON.parse(`{"${word}":3,"completed":0,"failed":1,"waiting":2}`) as TaskCounts
    expect(countedStates(counts)).toEqual([
      ['waiting', 2],
      ['failed', 1],
      [word, 3],
    ])
  })

  it('stays chosen where it is a type of events that an endpoint gets', () => {
    expect(eventTypesToChoose(['task.completed', 'task.hibernates']).at(-1)).toBe('task.hibernates')
    expect(eventTypesToChoose(['task.completed'])).toEqual(eventTypesToChoose([]))
  })
})
