import { setTimeout as sleep } from 'node:timers/promises'
import type { TlsOptions } from 'node:tls'
import { eventually } from '../assertions/eventually.ts'
import { type RawOrigin, type RawRequest, startRawOrigin } from './raw-origin.ts'

/**
 * The steps of an origin's response. After the last step it waits for the next request on the connection.
 * `drip`, `endless` and `stall` never end by themselves.
 */
export type Step =
  | { send: string | Buffer }
  | { drip: string; everyMs: number }
  /** Repeats the same bytes for ever, as fast as they are read. */
  | { endless: string | Buffer }
  | { waitMs: number }
  /** Waits for a fact. */
  | { until: () => boolean }
  /** A word to the test. */
  | { call: () => void }
  | 'stall'
  /** Sends FIN after the data. */
  | 'end'
  /** Sends RST. */
  | 'reset'
export type Scenario = readonly Step[]

export interface HostileOrigin extends RawOrigin {
  bytesSent(): number
}

/** Plays a scenario per request: always the same one, or one computed from the request. */
export async function startHostileOrigin(
  script: Scenario | ((request: RawRequest) => Scenario),
  options: { host?: string; tls?: TlsOptions } = {},
): Promise<HostileOrigin> {
  let sent = 0
  const origin = await startRawOrigin((request) => {
    const steps = typeof script === 'function' ? script(request) : script
    void play(request, steps, (bytes) => {
      sent += bytes
    })
    return undefined
  }, options)
  return { ...origin, bytesSent: () => sent }
}

async function play({ socket, reset }: RawRequest, steps: Scenario, onSent: (bytes: number) => void): Promise<void> {
  const send = (bytes: string | Buffer) => {
    if (socket.destroyed) return true
    onSent(bytes.length)
    return typeof bytes === 'string' ? socket.write(bytes, 'latin1') : socket.write(bytes)
  }
  for (const step of steps) {
    if (socket.destroyed || step === 'stall') return
    if (step === 'end') return void socket.end()
    if (step === 'reset') {
      // Flush what was sent first.
      await new Promise<void>((resolve) => void socket.write('', () => resolve()))
      return reset()
    }
    if ('send' in step) send(step.send)
    else if ('waitMs' in step) await sleep(step.waitMs)
    else if ('until' in step) await eventually('the step may go on', () => step.until() || socket.destroyed)
    else if ('call' in step) step.call()
    else if ('drip' in step) {
      const timer = setInterval(() => send(step.drip), step.everyMs)
      return void socket.once('close', () => clearInterval(timer))
    } else return endless(socket, () => send(step.endless))
  }
}

function endless(socket: RawRequest['socket'], send: () => boolean): void {
  const pump = () => {
    while (!socket.destroyed && send());
  }
  socket.on('drain', pump)
  pump()
}
