/** Waits until there is nothing left to do. */
import { setTimeout as sleep } from 'node:timers/promises'
import { readRest } from './collect.ts'
import { ended } from './invariants/rest.ts'
import { swept } from './invariants/storage.ts'
import type { SoakServers } from './servers.ts'
import type { SoakTenant } from './tenants.ts'

const lookEveryMs = 2_000
/**
 * So often each endpoint is sent something new, in a session where nothing stands before it: its acknowledgement brings forward
 * what had failed twice and would have come minutes later.
 */
const nudgeEveryMs = 10_000

/** Resolves with whether everything came to rest within the time, and how long (ms) that took. `onLook` is told what is left. */
export async function settle(options: {
  servers: SoakServers
  tenants: readonly SoakTenant[]
  nudge: () => Promise<void>
  withinMs: number
  signal: AbortSignal
  onLook: (left: string) => void
}): Promise<{ isAtRest: boolean; tookMs: number }> {
  const { servers, tenants, nudge, withinMs, signal, onLook } = options
  const begunAt = Date.now()
  let nextNudgeAt = 0
  for (;;) {
    signal.throwIfAborted()
    const rest = await readRest(servers, tenants)
    const all = { ...rest, ...nothingElse }
    const tookMs = Date.now() - begunAt
    const left = [...ended(all), ...swept(all)]
    onLook(left.length === 0 ? '' : `${left.length} left, such as ${left[0]!.id}: ${left[0]!.what}`)
    const isAtRest = left.length === 0
    if (isAtRest || tookMs > withinMs) return { isAtRest, tookMs }
    const hasUndelivered = rest.deliveries.some(({ state }) => state === 'pending')
    if (hasUndelivered && Date.now() >= nextNudgeAt) {
      nextNudgeAt = Date.now() + nudgeEveryMs
      await nudge()
    }
    await sleep(lookEveryMs)
  }
}

const nothingElse = {
  creations: [],
  sightings: [],
  versions: new Map(),
  events: [],
  followed: new Map(),
  posts: [],
  refusals: [],
  deaths: [],
}
