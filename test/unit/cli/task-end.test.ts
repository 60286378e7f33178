import { expect, it } from 'vitest'
import { endSentence } from '#cli/rules/task-end.ts'

type Ended = Parameters<typeof endSentence>[0]
const task = (name: string | null, more: object = {}): Ended =>
  ({
    id: 'tsk_1',
    state: 'failed',
    originalRequest: { url: 'https://a.example/f', headers: {} },
    response: null,
    error: name === null ? null : { name, detail: 'the origin answered 403' },
    ...more,
  }) as Ended

it.each<[string, Ended, RegExp]>([
  [
    'an expired link',
    task('noPermissionsToReadFile'),
    /^https:\/\/a\.example\/f has failed: the origin answered 403\. If the link has expired, `backhaul retry tsk_1 <new URL>`/,
  ],
  ['another file', task('checksum_mismatch'), /another one than you expected/],
  ['a forbidden place', task('destination_denied'), /EGRESS_ALLOW_CIDRS/],
  ['what passes', task('timedOut'), /`backhaul retry tsk_1` tries it again/],
  ['no error at all', task(null), /`backhaul show tsk_1`/],
  ['a canceled task', task(null, { state: 'canceled' }), /was canceled: `backhaul retry tsk_1`/],
])('the end of a task tells what to do about %s', (_what, ended, sentence) => {
  expect(endSentence(ended)).toMatch(sentence)
})
