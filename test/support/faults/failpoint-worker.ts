/**
 * A worker that kills itself (or stops itself, or blocks its event loop, by `FAILPOINT_SIGNAL`: SIGSTOP, BLOCK) at `FAILPOINT`, `<moment> <port>.<verb>[:n]`: when it
 * comes there for the n-th time (the first). It says on stdout which points it has come to, each once; what a killed process
 * has said is not lost.
 */
import { writeSync } from 'node:fs'
import { runProcess } from '@backhaul/core'
import { startWatchdog } from '#worker/watchdog.ts'
import { startWorker } from '#worker/worker.ts'
import { withFailpoints } from './failpoints.ts'

const [armed = '', nth = '1'] = (process.env.FAILPOINT ?? '').split(':')
const signal = process.env.FAILPOINT_SIGNAL ?? 'SIGKILL'
const reached = new Map<string, number>()

function reach(point: string): void {
  const times = (reached.get(point) ?? 0) + 1
  reached.set(point, times)
  if (times === 1) writeSync(1, `reached ${point}\n`)
  if (point !== armed || times !== Number(nth)) return
  writeSync(1, `is at ${point}\n`)
  if (signal !== 'BLOCK') process.kill(process.pid, signal)
  else for (;;);
}

await runProcess(process, 'worker', async (runtime) => {
  const worker = startWorker(withFailpoints(runtime, reach))
  // Sooner than usual, so that nobody waits for half a minute.
  if (signal === 'BLOCK') startWatchdog(runtime.log, worker.workerId, 3)
  return worker
})
