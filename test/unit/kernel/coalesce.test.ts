import { describe, expect, it } from 'vitest'
import { coalesce } from '#core/kernel/coalesce.ts'

/** Work whose runs end when the test says so. */
function slowWork() {
  const runs: (() => void)[] = []
  const work = () => new Promise<void>((resolve) => runs.push(resolve))
  const end = async () => {
    runs.at(-1)!()
    await new Promise(setImmediate)
  }
  return { run: coalesce(work), runs, end }
}

describe('coalesced calls', () => {
  it('run at once when nothing runs', async () => {
    const { run, runs, end } = slowWork()
    run()
    expect(runs).toHaveLength(1)
    await end()
    run()
    expect(runs).toHaveLength(2)
  })

  it('cause one more run when they come during a run, however many they are', async () => {
    const { run, runs, end } = slowWork()
    run()
    for (let calls = 0; calls < 5; calls += 1) run()
    expect(runs).toHaveLength(1)
    await end()
    expect(runs).toHaveLength(2)
    await end()
    expect(runs).toHaveLength(2)
  })
})
