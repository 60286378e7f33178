/**
 * Other clients' requests while an attacker holds idle connections and POSTs that hardly come, against the same requests before and
 * after it, and while the same attack goes to a plain server beside: what it costs them on this machine anyway. Loopback only; ends
 * by itself.
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { listening, newTenant, operatorToken, startProcess } from '#support/processes/service.ts'
import { openDispatchFixture, quantile } from './dispatch-fixture.ts'
import { postgresOption, postgresUsage } from './postgres.ts'

const { values } = parseArgs({
  options: {
    idle: { type: 'string', default: '5000' },
    slow: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    ...postgresOption,
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(`Usage: node bench/edge.ts [--idle 5000] [--slow 500] [--seconds 20] ${postgresUsage}`)
  process.exit(0)
}
const idle = Math.min(Number(values.idle), 9_000)
const slow = Math.min(Number(values.slow), 5_000)
const seconds = Math.min(Number(values.seconds), 120)
const mostTimes = 2
/** Requests of the others, at a steady rate. */
const perSecond = 50

const fixture = await openDispatchFixture()
const api = startProcess('apps/api/src/main.ts', { ...fixture.env, PORT: '0', ADMIN_TOKEN: operatorToken })
const agent = new Agent({ keepAlive: true, maxSockets: 16 })

try {
  const url = new URL(await listening(api))
  const { key } = await newTenant(url.origin)
  await measure(url, key, 3)
  const before = await measure(url, key, seconds)
  const during = await attacked(url, key, url.origin)
  await sleep(2_000)
  const after = await measure(url, key, seconds)
  const plain = fork(fileURLToPath(new URL('edge-plain-server.ts', import.meta.url)))
  const [plainOrigin] = (await once(plain, 'message')) as [string]
  const control = await attacked(url, key, plainOrigin)
  plain.send('end')
  for (const [name, taken] of Object.entries({ before, during, after, control }))
    console.log(
      `  ${name.padEnd(7)} ${taken.length} requests, p50 ${quantile(taken, 0.5).toFixed(1)} ms, p99 ${quantile(taken, 0.99).toFixed(1)} ms`,
    )
  const quiet = Math.max(quantile(before, 0.99), quantile(after, 0.99))
  const times = quantile(during, 0.99) / quiet
  const timesAnyway = quantile(control, 0.99) / quiet
  console.log(
    `p99 of others beside ${idle} idle connections and ${slow} slow POSTs: ${times.toFixed(2)} x (at most ${mostTimes}); with the attack at a plain server ${timesAnyway.toFixed(2)} x`,
  )
  process.exitCode = times <= mostTimes ? 0 : 1
} finally {
  agent.destroy()
  await api.end('SIGTERM')
  await fixture.close()
}

/** Of others, while the attack goes to `target`. */
async function attacked(url: URL, key: string, target: string): Promise<number[]> {
  // A process of its own, or what it costs the attacker would be measured too.
  const attacker = fork(fileURLToPath(new URL('edge-attacker.ts', import.meta.url)), [
    target,
    key,
    `${idle}`,
    `${slow}`,
  ])
  await once(attacker, 'message')
  const taken = await measure(url, key, seconds)
  attacker.send('end')
  await once(attacker, 'exit')
  return taken
}

/** The durations of the others' requests, in milliseconds, each from when it was due. */
async function measure(url: URL, key: string, forSeconds: number): Promise<number[]> {
  const taken: number[] = []
  const asked: Promise<void>[] = []
  const beganAt = performance.now()
  for (let n = 0; n < forSeconds * perSecond; n++) {
    const dueAt = beganAt + (n * 1000) / perSecond
    await sleep(Math.max(0, dueAt - performance.now()))
    asked.push(get(url, key).then(() => void taken.push(performance.now() - dueAt)))
  }
  await Promise.all(asked)
  return taken
}

async function get(url: URL, key: string): Promise<void> {
  const sent = request(new URL('/v1/tasks?limit=10', url), { agent, headers: { authorization: `Bearer ${key}` } }).end()
  const [response] = await once(sent, 'response')
  if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`)
  response.resume()
  await once(response, 'end')
}
