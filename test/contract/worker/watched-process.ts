/** A process with a watchdog of four looks. It says the watchdog's pid, and does what its lines of stdin say: `ping`, `block`. */
import { createInterface } from 'node:readline'
import { startWatchdog } from '#worker/watchdog.ts'

const say = (text: string) => process.stdout.write(`${text}\n`)
const { pid } = startWatchdog({ warn: ({ event }) => void say(event) }, 'wrk_1', 4)
createInterface(process.stdin).on('line', (line) => {
  if (line === 'ping') say('pong')
  if (line === 'block') for (;;);
})
say(`watched by ${pid}`)
