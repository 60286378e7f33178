#!/usr/bin/env node
import { runProgram } from './program.ts'

const stopping = new AbortController()
/** The first one ends it in order, the second at once. */
const onSignal = () => {
  if (stopping.signal.aborted) process.exit(130)
  stopping.abort()
}
process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)
// Nobody reads what we say any more, as in `backhaul listen … | head`.
process.stdout.on('error', () => stopping.abort())

process.exitCode = await runProgram(process.argv.slice(2), {
  env: process.env,
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  stopping: stopping.signal,
})
// A connection that is kept for another request would hold the process for some seconds.
process.stdout.end(() => process.exit())
