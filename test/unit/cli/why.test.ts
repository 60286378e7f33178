import { describe, expect, it } from 'vitest'
import { whySentences } from '#cli/rules/why.ts'
import { waitingReasons } from '#core/tasks/rules/waiting-reason.ts'

type Task = Parameters<typeof whySentences>[0]
type Host = NonNullable<Parameters<typeof whySentences>[1]>
const now = Date.parse('2026-11-30T12:00:00.000Z')
const progress = {
  countOfBytesReceived: 1024 ** 2,
  countOfBytesExpectedToReceive: 4 * 1024 ** 2,
  fractionCompleted: 0.25,
  bytesPerSecond: 1024,
  estimatedSecondsRemaining: 3_072,
}
const task = (state: string, more: object = {}): Task =>
  ({
    id: 'tsk_1',
    sessionIdentifier: 's',
    state,
    waitingFor: [],
    originalRequest: { url: 'https://a.example/f', headers: {} },
    latestStart: null,
    deadline: null,
    endedAt: null,
    attempts: 0,
    progress,
    response: null,
    error: null,
    file: null,
    ...more,
  }) as unknown as Task
const waiting = (reason: string, detail: string, until?: string, more: object = {}) =>
  task('waiting', { waitingFor: [{ reason, detail, ...(until ? { until } : {}) }], ...more })
const host = (more: Partial<Host>): Host =>
  ({ host: 'a.example', state: 'healthy', blockedUntil: null, reason: null, waitingTasks: 1, ...more }) as Host
const ended = { endedAt: '2026-11-30T11:00:00.000Z' }
const file = { state: 'temporary', bytes: 2048, key: 'k', checksums: {}, leaseExpiresAt: null }

describe('why a task is where it is', () => {
  it.each<[string, Task, string[]]>([
    [
      'the wake limiter',
      waiting('wakeLimiter', 'the client was woken 12 s ago; the delay is 60 s', '2026-11-30T12:00:48.000Z'),
      [
        'The wake limiter holds it back, because its client was woken a moment ago, until 2026-11-30T12:00:48.000Z (in 48 s): the client was woken 12 s ago; the delay is 60 s.',
        'Create tasks in batches; while a user is looking, a foreground lease lifts the delay: `backhaul get --foreground` takes one. `backhaul limiter` shows it.',
      ],
    ],
    [
      'its time',
      waiting('earliestBeginDate', 'its earliestBeginDate has not come', '2026-11-30T14:00:00.000Z'),
      [
        'It is not to begin yet, until 2026-11-30T14:00:00.000Z (in 2 h): its earliestBeginDate has not come.',
        'To begin now, cancel it (`backhaul cancel tsk_1`) and create it without a time.',
      ],
    ],
    [
      'good conditions, and until when at the latest',
      waiting('discretionary', 'there is no spare capacity', undefined, { latestStart: '2026-11-30T15:00:00.000Z' }),
      [
        'It is discretionary, and waits for its preferred hours or for capacity to spare: there is no spare capacity.',
        'It begins in 3 h at the latest.',
        'Nothing is to be done: it begins by then at the latest.',
      ],
    ],
    [
      'a failed attempt',
      waiting('retryBackoff', 'attempt 2 failed: HTTP 403'),
      [
        'An attempt has failed, and the next one comes later: attempt 2 failed: HTTP 403.',
        'If its link has expired, give it another one: `backhaul resume tsk_1 --new-url <URL>`.',
      ],
    ],
    ['a reason of a later version', waiting('fullMoon', 'no moon'), ['It waits (fullMoon): no moon.']],
    ['nothing', task('waiting'), ['It waits for nothing: it is about to begin.']],
    [
      'nothing, since it runs',
      task('running', { attempts: 2, deadline: '2026-12-07T12:00:00.000Z' }),
      [
        'It waits for nothing: it runs, and has 1.0 MiB of 4.0 MiB at 1.0 KiB/s, with 51 min to go.',
        '2 attempts failed before.',
        'It fails if it has not ended in 7 d (2026-12-07T12:00:00.000Z).',
      ],
    ],
    [
      'its owner',
      task('suspended'),
      ['It is suspended and does nothing until you resume it: `backhaul resume tsk_1`.'],
    ],
    [
      'nobody, since it has completed',
      task('completed', { ...ended, file }),
      ['It has completed 1 h ago, with 2.0 KiB.', '`backhaul get tsk_1` saves its file here.'],
    ],
    [
      'nobody, and its file is gone',
      task('completed', { ...ended, file: { ...file, state: 'expired' } }),
      [
        'It has completed 1 h ago, with 2.0 KiB.',
        'Its file is gone (expired): `backhaul get https://a.example/f` fetches it again.',
      ],
    ],
    [
      'nobody, since it was canceled',
      task('canceled', ended),
      ['https://a.example/f was canceled: `backhaul retry tsk_1` begins it again.'],
    ],
    ['a state of a later version', task('paused'), ['Its state is paused.']],
  ])('because of %s', (_what, one, sentences) => {
    expect(whySentences(one, null, now)).toEqual(sentences)
  })

  it('tells of a host that is not well, and of no other', () => {
    const one = waiting('hostBackoff', 'backing off')
    const blocked = host({
      state: 'backingOff',
      blockedUntil: '2026-11-30T12:05:00.000Z',
      reason: '503',
      waitingTasks: 1200,
    })
    expect(whySentences(one, blocked, now).at(-1)).toBe(
      'The host a.example has asked for a pause (503); it is asked again in 5 min. 1,200 tasks of yours wait for it.',
    )
    expect(whySentences(one, host({}), now)).toHaveLength(2)
  })

  it.each(waitingReasons)('knows what helps against %s', (reason) => {
    const sentences = whySentences(waiting(reason, 'because'), null, now)
    expect(sentences).toHaveLength(2)
    expect(sentences[0]).toMatch(/^(It|The|As|A|An) .*: because\.$|^Its host .*: because\.$/)
  })
})
