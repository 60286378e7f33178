/** Does what the plan of faults says, and takes it back. */
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '#support/assertions/eventually.ts'
import type { S3Call, S3Fault } from '../../test/faults/s3-fault-proxy.ts'
import { type Fleet, skewable } from './fleet.ts'
import type { Fault, ProcessName, ServerName } from './plan-faults.ts'
import { bringBack, type SoakServers } from './servers.ts'

export interface Nemesis {
  /** By kind, faults that have begun. */
  counts: Map<string, number>
  now(): string[]
  /** Resolves when every fault of the plan has been, and is taken back; at once when the signal is aborted. */
  run(plan: readonly Fault[], signal: AbortSignal): Promise<void>
}

type TakeBack = () => unknown

/** Whether this machine allows a kind of fault. */
export function isPossible({ fleet, servers }: { fleet: Fleet; servers: SoakServers }) {
  return ({ kind, target }: Pick<Fault, 'kind' | 'target'>): boolean => {
    if (kind === 'skew') return fleet.setClock !== null && skewable.includes(target as ProcessName)
    return kind !== 'full' || target !== 'postgres' || servers.disk !== null
  }
}

export function createNemesis(parts: { fleet: Fleet; servers: SoakServers; random: () => number }): Nemesis {
  const counts = new Map<string, number>()
  const active = new Set<Fault>()
  const commit = async (fault: Fault, signal: AbortSignal) => {
    const { kind, target, forMs } = fault
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
    active.add(fault)
    try {
      const isProcess = target.startsWith('api') || target.startsWith('worker')
      const takeBack = await (isProcess
        ? strikeProcess(parts.fleet, target as ProcessName, fault)
        : strikeServer(parts.servers, target as ServerName, fault, parts.random))
      await sleep(forMs, null, { signal }).catch(() => {})
      await takeBack()
    } finally {
      active.delete(fault)
    }
  }
  return {
    counts,
    now: () => [...active].map(({ kind, target }) => `${kind} ${target}`),
    async run(plan, signal) {
      const begunAt = Date.now()
      // A fault that took longer than planned (a database that recovers) delays the next one of its row.
      const isOfProcess = ({ target }: Fault) => target.startsWith('api') || target.startsWith('worker')
      const row = async (faults: readonly Fault[]) => {
        for (const fault of faults) {
          await sleep(Math.max(0, begunAt + fault.atMs - Date.now()), null, { signal }).catch(() => {})
          if (signal.aborted) return
          await commit(fault, signal)
        }
      }
      await Promise.all([row(plan.filter(isOfProcess)), row(plan.filter((fault) => !isOfProcess(fault)))])
    },
  }
}

/** Either way: fast and slow clocks. Beyond four minutes a receiver would refuse our signatures. */
const maxSkewSeconds = 240

async function strikeProcess(fleet: Fleet, name: ProcessName, { kind, degree }: Fault): Promise<TakeBack> {
  switch (kind) {
    case 'stop':
      fleet.pause(name)
      return () => fleet.resume(name)
    case 'skew':
      await fleet.setClock!(name, Math.round((degree * 2 - 1) * maxSkewSeconds))
      return () => fleet.setClock!(name, 0)
    default:
      await fleet.end(name, kind === 'kill' ? 'SIGKILL' : 'SIGTERM')
      return () => fleet.bringBack(name)
  }
}

async function strikeServer(
  { postgres, redis, networks, s3, disk }: SoakServers,
  name: ServerName,
  { kind, degree }: Fault,
  random: () => number,
): Promise<TakeBack> {
  const network = networks[name]
  switch (kind) {
    case 'slow':
      network.slow(20 + Math.round(degree * 180))
      return () => network.restore()
    case 'reset': {
      network.reset()
      const timer = setInterval(() => network.reset(), 1_000)
      return () => clearInterval(timer)
    }
    case 'silent':
      network.stall()
      // What was open stays silent for ever otherwise, at its server too.
      return () => network.cut().then(() => network.restore())
    case 'errors':
      s3.decide = (call) => s3Fault(call, random)
      return () => {
        s3.decide = () => null
      }
    case 'full':
      if (name === 'redis') {
        await redis.ask('CONFIG SET maxmemory 1')
        return () => redis.ask('CONFIG SET maxmemory 0')
      }
      await disk!.fill()
      return async () => {
        await disk!.clear()
        const isThere = () => postgres.query('select 1').then(() => true)
        // It may have ended, which its supervisor would see.
        await eventually('PostgreSQL answers', isThere, { withinMs: 3_000 }).catch(() => bringBack(postgres))
      }
    default:
      if (name === 's3') {
        await network.cut()
        return () => network.restore()
      }
      if (name === 'redis') {
        await redis.stop()
        return () => redis.start()
      }
      await postgres.end(degree < 0.5 ? 'SIGKILL' : 'SIGINT')
      return () => bringBack(postgres)
  }
}

/** Of two requests one, about. Those that stay without a response take a minute to be noticed, and are left out. */
function s3Fault({ verb }: S3Call, random: () => number): S3Fault {
  const chance = random()
  if (chance < 0.2) return 'slowDown'
  if (chance < 0.3) return 'loseResponse'
  if (chance < 0.4) return verb === 'part' || verb === 'put' ? 'cut' : 'slowDown'
  return chance < 0.5 && verb === 'complete' ? 'errorInside' : null
}
