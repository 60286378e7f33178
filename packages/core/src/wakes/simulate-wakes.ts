import { AppError, type RequestError } from '../kernel/rules/errors.ts'
import type { LimiterStore } from './limiter-store.ts'
import { type ImpossibleStep, type SimulationStep, simulateChain, simulateLimiter } from './rules/limiter-simulation.ts'

interface SimulateWakesPorts {
  stores: { wakes: Pick<LimiterStore, 'readLimiter'> }
}

/** The steps to simulate, their shape already checked: one of the two members. Times are seconds. */
export interface GivenSimulation {
  pattern?: {
    do: SimulationStep['do']
    at?: number | undefined
    afterPreviousWake?: number | undefined
    tasks?: number | undefined
    transferSeconds?: number | undefined
    earliestBeginDate?: number | undefined
    suspended?: boolean | undefined
  }[]
  chain?: { count: number; thinkSeconds: number; transferSeconds: number; aheadSeconds?: number | undefined }
}
interface Simulation {
  timeline?: { at: number; what: string; delaySeconds: number; gatedUntil?: number }[]
  delays?: number[]
}

/**
 * Simulates the tenant's limiter for a client, beginning with no delay. Nothing is changed. Throws `invalid_request`.
 */
export async function simulateWakes(
  { stores }: SimulateWakesPorts,
  tenantId: string,
  { pattern, chain }: GivenSimulation,
): Promise<Simulation> {
  if ((pattern === undefined) === (chain === undefined))
    throw refusal({ pointer: '', code: 'oneOf', detail: 'Give exactly one of pattern and chain.' })
  const { policy } = await stores.wakes.readLimiter(tenantId)
  if (chain !== undefined) {
    const { count, thinkSeconds, transferSeconds, aheadSeconds = 0 } = chain
    const times = { thinkMs: ms(thinkSeconds), transferMs: ms(transferSeconds), aheadMs: ms(aheadSeconds) }
    return { delays: simulateChain(policy, { count, ...times }) }
  }
  const simulated = simulateLimiter(policy, pattern!.map(stepOf))
  if ('impossible' in simulated) throw refusal(errorOf(simulated.impossible))
  return {
    timeline: simulated.timeline.map(({ at, what, delaySeconds, gatedUntil }) => ({
      at: at / 1000,
      what,
      delaySeconds,
      ...(gatedUntil === undefined ? {} : { gatedUntil: gatedUntil / 1000 }),
    })),
  }
}

function stepOf(given: NonNullable<GivenSimulation['pattern']>[number], index: number): SimulationStep {
  const { at, afterPreviousWake, tasks = 1, transferSeconds = 0, earliestBeginDate, suspended = false } = given
  if (at === undefined && afterPreviousWake === undefined) {
    const detail = 'Say when: at, afterPreviousWake, or both for the later of them.'
    throw refusal({ pointer: `/pattern/${index}`, code: 'anyOf', detail })
  }
  return {
    do: given.do,
    at: at === undefined ? null : ms(at),
    afterPreviousWake: afterPreviousWake === undefined ? null : ms(afterPreviousWake),
    tasks,
    transferMs: ms(transferSeconds),
    earliestBeginAt: earliestBeginDate === undefined ? null : ms(earliestBeginDate),
    suspended,
  }
}

function errorOf({ index, code }: ImpossibleStep): RequestError {
  if (code === 'order')
    return { pointer: `/pattern/${index}`, code, detail: 'The step before it is later: give steps in their order.' }
  return { pointer: `/pattern/${index}/afterPreviousWake`, code, detail: 'No wake comes before this step.' }
}

function refusal(error: RequestError): AppError {
  return new AppError('invalid_request', error.detail, { errors: [error] })
}

function ms(seconds: number): number {
  return Math.round(seconds * 1000)
}
