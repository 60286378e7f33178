import type { EventRecord, History, Post } from '../../../bench/soak/history.ts'

/**
 * Two wakes of one session: a task that completed and one that failed, then one that was canceled; and a task of a session
 * that is not told. Each receiver got something twice.
 */
export function goodHistory(): History {
  const creation = (n: number, sessionId: string, mayEndAs: string[]) => {
    return { name: `c${n}`, taskId: `tsk_${n}`, tenantId: 'ten', sessionId, path: `/${n}`, mayEndAs }
  }
  const file = (n: number) => ({ state: 'temporary', key: `key_${n}`, bytes: 3, isOver: false, sha256: `sum_${n}` })
  const task = (n: number, state: string) => {
    return {
      id: `tsk_${n}`,
      tenantId: 'ten',
      creation: `c${n}`,
      state,
      file: state === 'completed' ? file(n) : null,
      garbage: 0,
    }
  }
  const written: [string, string, string, number | null, string | null, string | null][] = [
    ['e1', 'told', 'task.finished_downloading', 1, 'completed', 'wak_1'],
    ['e2', 'told', 'task.completed', 1, 'completed', 'wak_1'],
    ['e3', 'told', 'task.completed', 2, 'failed', 'wak_1'],
    ['e4', 'told', 'session.wake', null, null, 'wak_1'],
    ['e5', 'told', 'session.events_finished', null, null, 'wak_1'],
    ['e6', 'pull', 'task.finished_downloading', 4, 'completed', null],
    ['e7', 'pull', 'task.completed', 4, 'completed', null],
    ['e8', 'told', 'task.completed', 3, 'canceled', 'wak_2'],
    ['e9', 'told', 'session.wake', null, null, 'wak_2'],
    ['e10', 'told', 'session.events_finished', null, null, 'wak_2'],
  ]
  const sequences = new Map<string, number>()
  const events = written.map(([id, sessionId, type, n, state], index): EventRecord => {
    const sequence = (sequences.get(sessionId) ?? 0) + 1
    sequences.set(sessionId, sequence)
    return {
      id,
      tenantId: 'ten',
      tenantSequence: index + 1,
      sessionId,
      sequence,
      type,
      taskId: n === null ? null : `tsk_${n}`,
      state,
    }
  })
  const taken = ['e4', 'e1', 'e2', 'e3', 'e5', 'e9', 'e8', 'e10'].map((id, index): Post => {
    const [, sessionId, type, , , wakeId] = written.find(([written]) => written === id)!
    const { sequence } = events.find((event) => event.id === id)!
    const event = { id, type, sessionId, sequence, position: index + 1, wakeId }
    return { webhookId: id, isSigned: true, status: 204, bodySha256: `body_${id}`, event }
  })
  const posts = taken.flatMap((post, n) => (n % 3 === 1 ? [{ ...post, status: null }, post, post] : [post]))
  return {
    creations: [
      creation(1, 'told', ['completed']),
      creation(2, 'told', ['failed']),
      creation(3, 'told', ['completed', 'canceled']),
      creation(4, 'pull', ['completed']),
    ],
    tasks: [task(1, 'completed'), task(2, 'failed'), task(3, 'canceled'), task(4, 'completed')],
    sightings: [
      { taskId: 'tsk_1', state: 'waiting', behind: 0 },
      { taskId: 'tsk_1', state: 'completed', behind: 1 },
      // Asked for before the answer above was there.
      { taskId: 'tsk_1', state: 'running', behind: 1 },
    ],
    versions: new Map([1, 2, 3, 4].map((n) => [`/${n}`, new Set([`sum_${n}`, 'another'])])),
    sessions: [
      { id: 'told', tenantId: 'ten', identifier: 'told', isTold: true, isExplicit: false, heldEvents: 0 },
      { id: 'pull', tenantId: 'ten', identifier: 'pull', isTold: false, isExplicit: false, heldEvents: 7 },
    ],
    events,
    followed: new Map([['ten', events.map(({ id }) => id)]]),
    posts,
    deliveries: taken.map(({ webhookId }) => ({ eventId: webhookId, sessionId: 'told', state: 'succeeded' })),
    wakes: [1, 2].map((n) => {
      const delayAfterSeconds = n * 2
      return {
        id: `wak_${n}`,
        tenantId: 'ten',
        sessionId: 'told',
        state: 'completed',
        openedAtMs: n,
        delayAfterSeconds,
      }
    }),
    limiters: [
      {
        tenantId: 'ten',
        policy: { baseSeconds: 2, factor: 2, capSeconds: 9 },
        delaySeconds: 4,
        lastWakeAtMs: 2,
        wasInForeground: false,
      },
    ],
    objects: ['key_1', 'key_4', 'probe'],
    uploads: [],
    refusals: [],
    deaths: [],
  }
}
