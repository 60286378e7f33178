import { describe, expect, it } from 'vitest'
import { type AdviceFigures, adviceThresholds as at, sessionAdvice } from '#core/sessions/rules/advice.ts'

const none: AdviceFigures = {
  wakes: 0,
  singleTaskWakes: 0,
  busiestHost: null,
  expectations: null,
  pendingSeconds: null,
}
const advice = (changes: Partial<AdviceFigures>) => sessionAdvice({ ...none, ...changes })
const host = (tasks: number, meanBytes: number) => advice({ busiestHost: { host: 'a.example.com', tasks, meanBytes } })
const expected = (tasks: number, medianRatio: number) => advice({ expectations: { tasks, medianRatio } })

describe('a session’s advice', () => {
  it('is none for a client that has done nothing yet', () => expect(advice({})).toEqual([]))

  it.each([
    [8, 7, true],
    [8, 6, true],
    [6, 6, true],
    [8, 5, false],
    [5, 5, false],
    [0, 0, false],
  ])('of %i wakes, %i told of a single task: %s', (wakes, singleTaskWakes, given) => {
    const [first, ...more] = advice({ wakes, singleTaskWakes })
    expect(more).toEqual([])
    if (given) expect(first).toContain(`${singleTaskWakes} of the session's last ${wakes} wakes told of a single task`)
    else expect(first).toBeUndefined()
  })

  it.each([
    [at.tinyTasks, at.tinyBytes, true],
    [2_000, 812.4, true],
    [at.tinyTasks - 1, 10, false],
    [2_000, at.tinyBytes + 1, false],
  ])('%i tasks from one host with %d bytes on average: %s', (tasks, meanBytes, given) => {
    const [first] = host(tasks, meanBytes)
    if (given)
      expect(first).toContain(
        `${tasks} tasks from a.example.com completed within the last hour with ${Math.round(meanBytes)} bytes`,
      )
    else expect(first).toBeUndefined()
  })

  it.each([
    [at.expectations, 4, '4 times more'],
    [40, 123.4, '120 times more'],
    [40, 0.1, '10 times fewer'],
    [40, 0.25, '4 times fewer'],
    [40, 3.9, undefined],
    [40, 0.3, undefined],
    [at.expectations - 1, 100, undefined],
  ])('%i tasks expected %d times what came: %s', (tasks, ratio, said) => {
    const [first] = expected(tasks, ratio)
    if (said === undefined) expect(first).toBeUndefined()
    else expect(first).toMatch(new RegExp(`${said} bytes than came \\(the middle one of ${tasks} tasks`))
  })

  it.each([
    [3_599, undefined],
    [3_600, 'events have been pending for 1 h'],
    [27_000, 'events have been pending for 7.5 h'],
  ])('events that have been pending for %i s: %s', (pendingSeconds, said) => {
    const [first] = advice({ pendingSeconds })
    if (said === undefined) expect(first).toBeUndefined()
    else expect(first).toContain(said)
  })

  it('says everything that is worth it', () => {
    const busiestHost = { host: 'a', tasks: 2_000, meanBytes: 1 }
    expect(
      advice({
        wakes: 8,
        singleTaskWakes: 8,
        busiestHost,
        expectations: { tasks: 99, medianRatio: 9 },
        pendingSeconds: 9e3,
      }),
    ).toHaveLength(4)
  })
})
