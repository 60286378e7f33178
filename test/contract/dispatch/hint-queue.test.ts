import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { backends, expectNoSurprises, type Hint, hint, ids, passes, useHintQueue } from './hint-queues.ts'

expectNoSurprises()

const many = (count: number) => Array.from({ length: count }, () => hint())

describe.each(backends)('hints on $backend', ({ open }) => {
  const use = useHintQueue(open)

  it('reach exactly one of several consumers, tasks and lanes each their own', async () => {
    const taken: Hint[] = []
    const lanes: object[] = []
    const lane = async (each: object) => void lanes.push(each)
    for (const from of [use.queue, await use.another(), await use.another()])
      use.consume(from, async (each) => void taken.push(each), { lane })
    const given = many(60)
    await use.queue.addTasks(given)
    await use.queue.addDeliveryLanes([{ sessionId: 'ses_1', endpointId: 'whe_1' }])
    await eventually('all have arrived', () => taken.length >= 60 && lanes.length >= 1)
    await passes(use.queue, taken)
    expect(ids(taken)).toEqual(ids(given))
    expect(taken).toContainEqual(given[0])
    expect(lanes).toEqual([{ sessionId: 'ses_1', endpointId: 'whe_1' }])
  })

  it('are not queued twice, but again once they were handled', async () => {
    const taken: Hint[] = []
    const again = hint()
    const next = { ...again, epoch: 2 }
    const lanes: object[] = []
    const lane = { sessionId: `ses_${randomUUID()}`, endpointId: 'whe_1' }
    for (let time = 0; time < 3; time++) {
      await use.queue.addTasks([again, next])
      await use.queue.addDeliveryLanes([lane])
    }
    use.consume(use.queue, async (each) => void taken.push(each), {
      tasks: 1,
      lane: async (each) => void lanes.push(each),
    })
    await passes(use.queue, taken)
    expect(taken.toSorted((a, b) => a.epoch - b.epoch)).toEqual([again, next])
    await eventually('it can be queued again', async () => {
      await use.queue.addTasks([again])
      await use.queue.addDeliveryLanes([lane])
      return taken.length >= 3 && lanes.length >= 2
    })
  })

  it('of a lane in hand are not given to another, and come again when asked for after it', async () => {
    const lane = { sessionId: `ses_${randomUUID()}`, endpointId: 'whe_1' }
    let atOnce = 0
    let most = 0
    let times = 0
    const finish: (() => void)[] = []
    const handle = async () => {
      most = Math.max(most, ++atOnce)
      times++
      await new Promise<void>((resolve) => finish.push(resolve))
      atOnce--
    }
    for (const from of [use.queue, await use.another()]) use.consume(from, async () => {}, { lane: handle })
    await use.queue.addDeliveryLanes([lane])
    await eventually('it is in hand', () => times === 1)
    await use.queue.addDeliveryLanes([lane])
    await use.queue.addDeliveryLanes([lane])
    finish.shift()!()
    await eventually('it comes again', async () => {
      await use.queue.addDeliveryLanes([lane])
      return times >= 2
    })
    expect(most).toBe(1)
    for (const each of finish) each()
  })

  it('of tasks go to others once a consumer leaves them, while the one in hand goes on, and lanes come to it as before', async () => {
    const [first, second]: [Hint[], Hint[]] = [[], []]
    const lanes: object[] = []
    let finish = () => {}
    let isFinished = false
    const held = new Promise<void>((resolve) => {
      finish = resolve
    })
    const inHand = hint()
    const consumer = use.consume(
      use.queue,
      async (each) => {
        first.push(each)
        await held
        isFinished = true
      },
      { lane: async (each) => void lanes.push(each) },
    )
    await use.queue.addTasks([inHand])
    await eventually('it is in hand', () => first.length === 1)
    consumer.leaveTasks()
    const later = many(20)
    await use.queue.addTasks(later)
    use.consume(await use.another(), async (each) => void second.push(each), { lane: () => held })
    // The other one keeps two of them at most until the end, and every further one comes to the first.
    await use.queue.addDeliveryLanes(many(5).map(({ taskId }) => ({ sessionId: taskId, endpointId: 'whe_1' })))
    await eventually('the others have them', () => first.length + second.length === 21 && lanes.length >= 3)
    // One may have been on its way.
    expect(first.length).toBeLessThanOrEqual(2)
    await use.queue.addTasks([inHand])
    expect([...first, ...second].filter(({ taskId }) => taskId === inHand.taskId)).toEqual([inHand])
    expect(isFinished).toBe(false)
    finish()
    await eventually('it has ended', () => isFinished)
  })

  it('are handled so many at once, and no more', async () => {
    let atOnce = 0
    let most = 0
    const taken: Hint[] = []
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    use.consume(
      use.queue,
      async (each) => {
        most = Math.max(most, ++atOnce)
        taken.push(each)
        await held
        atOnce--
      },
      { tasks: 3 },
    )
    const given = many(12)
    await use.queue.addTasks(given)
    await eventually('three are in hand', () => atOnce === 3)
    release()
    await eventually('all have arrived', () => taken.length === 12)
    expect(most).toBe(3)
    expect(ids(taken)).toEqual(ids(given))
  })

  it('are tried once: a consumer that throws neither gets them again nor stops', async () => {
    const taken: Hint[] = []
    const bad = hint()
    use.consume(use.queue, async (each) => {
      taken.push(each)
      if (each.taskId === bad.taskId) throw new Error('the consumer failed')
    })
    await use.queue.addTasks([bad])
    await eventually('it was tried', () => taken.length === 1)
    const good = many(20)
    await use.queue.addTasks(good)
    await eventually('the others arrive', () => taken.length >= 21)
    await passes(use.queue, taken)
    expect(ids(taken)).toEqual(ids([bad, ...good]))
  })

  it('in hand are waited for when a consumer stops, which takes no new ones', async () => {
    const first: Hint[] = []
    let done = 0
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const consumer = use.consume(
      use.queue,
      async (each) => {
        first.push(each)
        await held
        done++
      },
      { tasks: 2 },
    )
    const given = many(6)
    await use.queue.addTasks(given)
    await eventually('two are in hand', () => first.length === 2)
    let stopped = false
    const stopping = consumer.stop().then(() => {
      stopped = true
    })
    const second: Hint[] = []
    use.consume(await use.another(), async (each) => void second.push(each))
    await eventually('the others go elsewhere', () => second.length === 4)
    expect({ stopped, done }).toEqual({ stopped: false, done: 0 })
    release()
    await stopping
    expect(done).toBe(2)
    expect(ids([...first, ...second])).toEqual(ids(given))
  })
})
