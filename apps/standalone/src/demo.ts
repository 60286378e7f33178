import { mkdtemp, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import pc from 'picocolors'
import { demoFiles } from './demo-files.ts'
import { createIdleTimeout, type IdleTimeout } from './demo-idle-timeout.ts'
import { startOrigin } from './demo-origin.ts'
import { progressBars, progressLines } from './demo-progress.ts'
import { startReceiver } from './demo-receiver.ts'
import { openService } from './demo-service.ts'
import { tellStory } from './demo-story.ts'
import { cross, tick } from './demo-words.ts'
import { readFlags } from './flags.ts'
import { demoUsage } from './usage.ts'

const idleLimitMs = 60_000
const cleanupLimitMs = 15_000

const { stdout, stderr } = process
const printError = (line: string) => void stderr.write(`${line}\n`)

/** The reason for an early end of the demo. */
class Ended extends Error {
  readonly exitCode: number
  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

/** There was no progress for too long. The data folder stays for inspection. */
class GaveUp extends Ended {
  constructor(last: string) {
    super(`gave up: no progress for ${idleLimitMs / 1000} s. The last was: ${last}`, 1)
  }
}

/** Starts service, origin and receiver and runs the demo. Registers what it opens with `cleanup`. Returns the exit code. */
async function demo(cleanup: AsyncDisposableStack, { happened }: IdleTimeout, signal: AbortSignal): Promise<number> {
  const say = (line: string) => {
    stdout.write(`${line}\n`)
    happened(line.trim())
  }
  let logs = ''
  try {
    const startedMs = performance.now()
    const dataDir = await mkdtemp(join(tmpdir(), 'backhaul-demo-'))
    logs = `${join(dataDir, 'service.log')} and ${join(dataDir, 'postgres.log')}`
    cleanup.defer(async () => {
      if (!(signal.reason instanceof GaveUp)) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
    })
    say(`${pc.bold('Backhaul')}: background downloads as a service. Starting it here, with everything it needs …\n`)
    const origin = await startOrigin(demoFiles)
    cleanup.defer(origin.close)
    const receiver = await startReceiver(signal)
    cleanup.defer(receiver.close)
    const opening = openService(dataDir)
    cleanup.defer(async () => (await opening.catch(() => null))?.stop())
    const service = await unlessAborted(opening, signal)
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    say(`${tick} running at ${service.url} with its own PostgreSQL after ${seconds} s`)

    const live = stdout.isTTY && process.env.TERM !== 'dumb'
    const progress = live ? progressBars(stdout) : progressLines(say)
    const failures = await tellStory({ service, origin, receiver, files: demoFiles, progress, say, happened, signal })
    for (const failure of failures) printError(`${cross} ${failure}`)
    if (failures.length > 0) throw new Error('not everything was as it should be')
    say(`\n${tick} ${pc.bold('All checks passed.')} Next: npm start, and README.md\n`)
    return 0
  } catch (error) {
    const why = signal.aborted ? signal.reason : error
    printError(`\n${cross} The demo ${why instanceof Ended ? why.message : `failed: ${(why as Error).message}`}`)
    if (why instanceof GaveUp)
      printError(`  Look at ${logs}, which stay, and at whether this machine has CPU and disk to spare.`)
    return why instanceof Ended ? why.exitCode : 1
  }
}

/** Stops waiting for the promise, which itself goes on. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    signal.throwIfAborted()
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    promise.then(resolve, reject)
  })
}

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2))
  if (flags.kind === 'help') return void stdout.write(demoUsage)
  if (flags.kind === 'unknown') {
    printError(`Unknown argument ${flags.flag}\n\n${demoUsage.trimEnd()}`)
    process.exitCode = 2
    return
  }
  const ending = new AbortController()
  const endWith = (reason: Error) => ending.abort(reason)
  // Repeated signals are ignored: under npm, Ctrl-C comes twice, from the terminal and from npm.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () =>
      endWith(new Ended('was interrupted; it clears everything away.', 128 + constants.signals[name])),
    )
  process.on('uncaughtException', endWith)
  // The reader of a pipe may have gone (`npm run demo | head`).
  stdout.on('error', endWith)
  const idleTimeout = createIdleTimeout(idleLimitMs, (last) => endWith(new GaveUp(last)))
  // Cleanup runs in reverse order; one failure does not skip the rest.
  const cleanup = new AsyncDisposableStack()
  let exitCode = await demo(cleanup, idleTimeout, ending.signal)
  idleTimeout.end()
  setTimeout(() => {
    printError(`${cross} Could not clear everything away in time: look for ${join(tmpdir(), 'backhaul-demo-*')}`)
    process.exit(1)
  }, cleanupLimitMs)
  try {
    await cleanup.disposeAsync()
  } catch (error) {
    printError(`${cross} Could not clear everything away: ${(error as Error).message}`)
    exitCode = 1
  }
  process.exit(exitCode)
}

await main()
