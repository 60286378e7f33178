import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'

const program = fileURLToPath(new URL('watched-process.ts', import.meta.url))

/** A process that blocks at a word, and its watchdog, which ends it after four looks in silence. */
async function startWatched(...flags: string[]) {
  const child: ChildProcess = spawn(process.execPath, [...flags, program], { stdio: ['pipe', 'pipe', 'ignore'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  child.stdout!.on('data', (chunk: Buffer) => (output += chunk))
  const watchdog = await eventually('it is watched', () => /^watched by (\d+)$/m.exec(output)?.[1])
  const status = () => readFileSync(`/proc/${watchdog}/status`, 'utf8')
  return {
    child,
    watchdog: Number(watchdog),
    output: () => output,
    tell: (line: string) => void child.stdin!.write(`${line}\n`),
    isGone: () => child.exitCode !== null || child.signalCode !== null,
    isWatchdogGone: () => !existsSync(`/proc/${watchdog}`),
    /** Waits until the watchdog has looked more often than it takes to end a process: each look is a wait. */
    async looked() {
      const waits = () => Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status())![1])
      const before = waits()
      await eventually('the watchdog has looked', () => waits() >= before + 8)
    },
  }
}

describe('the watchdog', () => {
  it('ends a process whose event loop is blocked, says so in its log, and ends with it', async () => {
    const { child, tell, output, isGone, isWatchdogGone } = await startWatched()
    tell('block')
    await eventually('the process is gone', isGone)
    expect(child.signalCode).toBe('SIGKILL')
    const line = await eventually('it is said', () => /^\{.*\}$/m.exec(output())?.[0])
    expect(JSON.parse(line)).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 60,
      event: 'worker.hung',
      workerId: 'wrk_1',
      seconds: 4,
      msg: 'the event loop was blocked for 4 s: ending',
    })
    await eventually('the watchdog is gone', isWatchdogGone)
  })

  it('leaves a process alone that is stopped for longer, and watches it again when it goes on', async () => {
    const { child, tell, output, looked, isGone } = await startWatched()
    child.kill('SIGSTOP')
    await looked()
    child.kill('SIGCONT')
    tell('ping')
    await eventually('it goes on', () => output().includes('pong'))
    expect(output()).not.toContain('worker.hung')
    tell('block')
    await eventually('the process is gone', isGone)
  })

  it('leaves a process alone that can be debugged', async () => {
    const { tell, looked, output, isGone } = await startWatched('--inspect=127.0.0.1:0')
    tell('block')
    await looked()
    expect(isGone()).toBe(false)
    expect(output()).not.toContain('worker.hung')
  })

  it('stays when signals reach it too, and ends with its process', async () => {
    const { child, watchdog, looked, isWatchdogGone } = await startWatched()
    await looked()
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(watchdog, signal)
    await looked()
    expect(isWatchdogGone()).toBe(false)
    child.kill('SIGKILL')
    await eventually('the watchdog is gone', isWatchdogGone)
  })

  it('is missed when it is gone, and the process goes on', async () => {
    const { watchdog, tell, output } = await startWatched()
    process.kill(watchdog, 'SIGKILL')
    await eventually('it is said', () => output().includes('watchdog.off'))
    tell('ping')
    await eventually('it goes on', () => output().includes('pong'))
  })
})
