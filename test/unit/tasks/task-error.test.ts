import { describe, expect, it } from 'vitest'
import { deadlineDetail, type LateTask } from '#core/tasks/rules/task-error.ts'

const late: LateTask = { last: null, hasBegun: false, isRunning: false, bytesReceived: 0, hostReason: null }

describe('the error of a deadline', () => {
  it.each<[string, Partial<LateTask>, string]>([
    [
      'the last error',
      { last: { name: 'badServerResponse', detail: 'the origin answered 500' }, isRunning: true, hostReason: 'down' },
      'too late; the last attempt to fail: badServerResponse, the origin answered 500',
    ],
    [
      'how far it is',
      { isRunning: true, bytesReceived: 5 },
      'too late; it was still being received, with 5 bytes so far',
    ],
    [
      'the reason why its host is left alone',
      { hostReason: '503 with Retry-After: 60 s' },
      'too late; it has not begun, because its host is left alone: 503 with Retry-After: 60 s',
    ],
    [
      'that it was interrupted',
      { hasBegun: true, bytesReceived: 5 },
      'too late; it was interrupted, with 5 bytes received, and has not gone on',
    ],
    ['that it has not begun', {}, 'too late; it has not begun'],
  ])('names %s', (_, known, detail) => expect(deadlineDetail('too late', { ...late, ...known })).toBe(detail))
})
