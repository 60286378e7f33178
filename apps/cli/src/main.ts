#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'
import { openTerminal } from './process-terminal.ts'
import { runProgram } from './program.ts'
import { describeError } from './rules/describe-error.ts'
import { exitCodes } from './rules/exit-codes.ts'

// The parser of Node's `fetch` is WebAssembly. After a few responses V8 compiles all of it anew, which costs 0.15 s of CPU and 40 MB beside
// the call that somebody waits for. What goes on for ever has it, too, but later.
// Of later ones it is not known whether they have the flag.
if (Number.parseInt(process.versions.node, 10) <= 24) setFlagsFromString('--wasm-tiering-budget=1000000000')

const stopping = new AbortController()
/** The first signal ends the command in order, the second at once. */
const onSignal = () => {
  if (stopping.signal.aborted) process.exit(130)
  stopping.abort()
}
process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)
let lost: NodeJS.ErrnoException | undefined
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // EPIPE: the reader of stdout has gone, as in `backhaul listen … | head`, and has what it wants.
  if (error.code !== 'EPIPE') lost ??= error
  stopping.abort()
})
// Who does not read what goes to stderr wants the data all the same.
process.stderr.on('error', () => {})

process.exitCode = await runProgram(process.argv.slice(2), openTerminal(stopping.signal))
// A keep-alive connection would delay the exit by some seconds. stdout is left open: to end a socket would end it for all who share it, such
// as the next command of a script.
process.stdout.write('', () =>
  // What a write has lost is told a moment later.
  setImmediate(() => {
    if (lost === undefined) process.exit()
    process.stderr.write(
      `backhaul: ${describeError({ ...lost, message: lost.message, path: 'stdout' }, '')?.sentence ?? lost.message}\n`,
    )
    process.exit(exitCodes.local)
  }),
)
