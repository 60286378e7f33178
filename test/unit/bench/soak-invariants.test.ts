import { describe, expect, it } from 'vitest'
import { checkHistory, type invariants } from '../../../bench/soak/check-history.ts'
import type { History } from '../../../bench/soak/history.ts'
import { goodHistory } from './good-history.ts'

type Break = (history: History) => unknown
const postOf = ({ posts }: History, id: string) => posts.findLast(({ webhookId }) => webhookId === id)!
const without = <Item>(items: Item[], isGone: (item: Item) => boolean) =>
  void items.splice(0, items.length, ...items.filter((item) => !isGone(item)))
/** Everything of it in the lane and the feed, renumbered, so that nothing else is wrong. */
const swap = (history: History, a: string, b: string) => {
  const [first, second] = [postOf(history, a), postOf(history, b)]
  const { position } = first.event
  first.event.position = second.event.position
  second.event.position = position
  history.posts.sort((x, y) => x.event.position - y.event.position)
}

/** What each invariant finds, by what is wrong with the history. The compiler asks for every one of them. */
const breaks: Record<keyof typeof invariants, [string, Break][]> = {
  'a task that was acknowledged exists, once': [
    ['a task is lost', ({ tasks }) => void tasks.splice(1, 1)],
    ['a repeated creation made another task', ({ tasks }) => void tasks.push({ ...tasks[1]!, id: 'tsk_5' })],
    ['there is a task that nobody was told of', ({ tasks }) => void tasks.push({ ...tasks[1]!, creation: 'c5' })],
  ],
  'a task has one terminal state, and never leaves it': [
    ['a task failed that was to complete', (history) => Object.assign(history.tasks[3]!, { state: 'failed' })],
    [
      'a client read another end',
      ({ sightings }) => void sightings.push({ taskId: 'tsk_2', state: 'completed', behind: 3 }),
    ],
    [
      'an ended task ran again',
      ({ sightings }) => void sightings.push({ taskId: 'tsk_1', state: 'running', behind: 2 }),
    ],
  ],
  'a file is one version of its resource, byte for byte': [
    ['other bytes are stored', ({ tasks }) => Object.assign(tasks[0]!.file!, { sha256: 'mixed' })],
    ['the object is not there', ({ tasks }) => Object.assign(tasks[0]!.file!, { sha256: null })],
    ['a completed task has no file', ({ tasks }) => Object.assign(tasks[0]!, { file: null })],
  ],
  'a task ends in one event, with its state': [
    ['an end is not told', ({ events }) => void without(events, ({ id }) => id === 'e3')],
    ['an end is told twice', ({ events }) => void events.push({ ...events[2]!, id: 'e11' })],
    ['an end is told with another state', ({ events }) => Object.assign(events[2]!, { state: 'canceled' })],
    ['a file is not told of', ({ events }) => void without(events, ({ id }) => id === 'e1')],
    ['a file is told of behind its end', ({ events }) => Object.assign(events[0]!, { tenantSequence: 99 })],
    ['an unended task has an end', ({ tasks }) => Object.assign(tasks[1]!, { state: 'running' })],
  ],
  'numbers of events have no gaps': [
    ['a number is missing in the session', ({ events }) => Object.assign(events[9]!, { sequence: 99 })],
    ['a number is missing in the feed', ({ events }) => Object.assign(events[9]!, { tenantSequence: 99 })],
    ['two events have one number', ({ events }) => Object.assign(events[9]!, { sequence: events[8]!.sequence })],
  ],
  'a cursor skips no event': [
    ['the reader missed one', ({ followed }) => void followed.get('ten')!.splice(3, 1)],
    ['the reader got one twice', ({ followed }) => void followed.get('ten')!.push('e10')],
    ['the reader got what is not there', ({ events }) => void events.pop()],
  ],
  'every event is delivered': [
    ['the receiver never got it', ({ posts }) => void without(posts, ({ webhookId }) => webhookId === 'e8')],
    ['the receiver never took it', (history) => Object.assign(postOf(history, 'e8'), { status: 500 })],
    [
      'what counts as delivered was not sent',
      ({ events, posts }) => {
        without(events, ({ id }) => id === 'e8')
        without(posts, ({ webhookId }) => webhookId === 'e8')
      },
    ],
    ['the receiver got what is not in the feed', ({ events }) => void without(events, ({ id }) => id === 'e8')],
  ],
  'an event has the same id and bytes each time': [
    ['another attempt had another body', (history) => Object.assign(postOf(history, 'e1'), { bodySha256: 'other' })],
    ['the body names another event', (history) => Object.assign(postOf(history, 'e5').event, { id: 'e1' })],
  ],
  'every webhook is signed': [['one is not', (history) => Object.assign(postOf(history, 'e5'), { isSigned: false })]],
  'a wake is framed, and its events are in order': [
    ['session.wake comes second', (history) => swap(history, 'e9', 'e8')],
    ['session.events_finished comes before the last event', (history) => swap(history, 'e8', 'e10')],
    ['it never ends', ({ posts }) => void without(posts, ({ webhookId }) => webhookId === 'e10')],
    ['an event of another wake is in it', (history) => Object.assign(postOf(history, 'e8').event, { wakeId: 'wak_1' })],
    ['an event without a wake is in it', (history) => Object.assign(postOf(history, 'e8').event, { wakeId: null })],
    ['a place of the lane is left out', (history) => Object.assign(postOf(history, 'e10').event, { position: 9 })],
    ['events come in another order than their places', ({ posts }) => void posts.reverse()],
    ['the next one opens within it', (history) => swap(history, 'e5', 'e9')],
    ['a wake is never told', ({ wakes }) => void wakes.push({ ...wakes[1]!, id: 'wak_3' })],
  ],
  'a wake raises the limiter once': [
    [
      'it was raised twice',
      ({ wakes, limiters }) => {
        wakes[1]!.delayAfterSeconds = 8
        limiters[0]!.delaySeconds = 8
      },
    ],
    ['the first one was raised twice', ({ wakes }) => Object.assign(wakes[0]!, { delayAfterSeconds: 4 })],
    ['it was raised without a wake', ({ limiters }) => Object.assign(limiters[0]!, { delaySeconds: 8 })],
    ['the last wake did not raise it', ({ limiters }) => Object.assign(limiters[0]!, { lastWakeAtMs: 1 })],
    ['it was lowered without a reason', ({ limiters }) => Object.assign(limiters[0]!, { delaySeconds: 0 })],
  ],
  'storage has the files and nothing else': [
    ['an object is no file', ({ objects }) => void objects.push('orphan')],
    ['the object of a released file is left', ({ tasks }) => Object.assign(tasks[0]!.file!, { state: 'released' })],
    ['an upload is left', ({ uploads }) => void uploads.push({ key: 'key_1', uploadId: 'u' })],
  ],
  'nothing is stuck': [
    ['a task has not ended', ({ tasks }) => Object.assign(tasks[2]!, { state: 'waiting' })],
    ['an orphaned object is not removed', ({ tasks }) => Object.assign(tasks[2]!, { garbage: 1 })],
    ['a file has not expired', ({ tasks }) => Object.assign(tasks[0]!.file!, { isOver: true })],
    ['a delivery is pending', ({ deliveries }) => Object.assign(deliveries[2]!, { state: 'pending' })],
    ['a wake is open', ({ wakes }) => Object.assign(wakes[1]!, { state: 'open' })],
    ['an event waits for its wake', ({ sessions }) => Object.assign(sessions[0]!, { heldEvents: 1 })],
  ],
  'no request is refused': [['one is', ({ refusals }) => void refusals.push('422')]],
  'no process ends by itself': [['one does', ({ deaths }) => void deaths.push({ process: 'api-1', lastWords: '' })]],
}

describe('the checker of the soak', () => {
  it('finds nothing in a history that keeps every invariant', () => {
    expect(checkHistory(goodHistory())).toEqual([])
  })

  const all = Object.entries(breaks).flatMap(([invariant, ways]) =>
    ways.map(([what, damage]) => ({ invariant, what, damage })),
  )
  it.each(all)('$invariant: finds that $what', ({ invariant, damage }) => {
    const history = goodHistory()
    damage(history)
    expect(checkHistory(history).map((violation) => violation.invariant)).toContain(invariant)
  })

  it('lets a client that completes its wakes itself do so while events are on their way', () => {
    const history = goodHistory()
    swap(history, 'e8', 'e10')
    history.sessions[0]!.isExplicit = true
    expect(checkHistory(history)).toEqual([])
  })

  it('lets a delay begin anew after a quiet time, and end in the foreground', () => {
    const history = goodHistory()
    history.wakes[1]!.delayAfterSeconds = 2
    history.limiters[0]!.delaySeconds = 2
    expect(checkHistory(history)).toEqual([])
    history.limiters[0] = { ...history.limiters[0]!, delaySeconds: 0, wasInForeground: true }
    expect(checkHistory(history)).toEqual([])
  })
})
