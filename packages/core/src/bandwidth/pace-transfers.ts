import { createPace, createSharedRate, type Pace, type SharedRate } from '@backhaul/transfer'
import { coalesce } from '../kernel/coalesce.ts'
import type { Log } from '../kernel/log.ts'
import type { SessionBandwidth } from '../sessions/rules/bandwidth-timetable.ts'
import type { BandwidthStore } from './bandwidth-store.ts'
import { createScope, type Scope, useOf } from './measure-scope.ts'
import { type LimitsNow, transferRates } from './rules/transfer-rates.ts'

interface BandwidthPorts {
  stores: { bandwidth: Pick<BandwidthStore, 'divide'> }
  log: Pick<Log, 'warn'>
  workerId: string
}

/** What the bytes of a transfer count for. */
export interface PacedTransfer {
  tenantId: string
  sessionId: string
  session: SessionBandwidth
}

/** The pace of one transfer. */
export interface TransferPace {
  readonly pace: Pace
  /** From now on these hold. */
  limitTo(limits: LimitsNow): void
  /** The transfer has ended. To be called once. */
  close(): void
}

/** The bandwidth of a worker's transfers. */
export interface Bandwidth {
  open(transfer: PacedTransfer, limits: LimitsNow): TransferPace
  /** Gives this worker's shares to the others. Its transfers have ended. */
  stop(): Promise<void>
}

const reportMs = 1_000

/**
 * Paces transfers by the maxima of their tenant, session and task. Those of tenant and session are divided among all workers, every
 * second, and at once when one is new here or has changed; within the worker its transfers share them byte by byte. While nothing is
 * limited it does nothing.
 */
export function createBandwidth({ stores, log, workerId }: BandwidthPorts): Bandwidth {
  /** By the id of the tenant or session. */
  const scopes = new Map<string, Scope>()
  let timer: NodeJS.Timeout | undefined

  const divide = async () => {
    const reported = [...scopes].map(([scopeId, scope]) => ({ scope, use: { scopeId, ...useOf(scope) } }))
    try {
      const uses = reported.map(({ use }) => use)
      const shares = await stores.bandwidth.divide(workerId, uses)
      for (const [n, { scope, use }] of reported.entries()) {
        scope.rate.change(shares[n]!)
        // A transfer that has come meanwhile waits for the next report.
        if (use.transfers === 0 && scope.transfers.size === 0) scopes.delete(use.scopeId)
        else if (use.transfers === 0) report()
      }
    } catch (error) {
      // The shares stay as they are: all workers' together are within the maximum.
      log.warn({ event: 'bandwidth.not_divided', error }, 'the bandwidth could not be divided; it is tried again')
    }
    if (scopes.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
  const report = coalesce(divide)
  const scopeOf = (scopeId: string, tenantId: string, maximum: number): Scope => {
    const scope = scopes.get(scopeId) ?? createScope(tenantId)
    if (scope.maximum !== maximum) {
      scope.maximum = maximum
      scope.isNews = true
      scope.rate.change(Math.min(scope.rate.bytesPerSecond, maximum))
    }
    scopes.set(scopeId, scope)
    return scope
  }
  return {
    open({ tenantId, sessionId, session }, limits) {
      const pace = createPace()
      let taskRate: SharedRate | null = null
      let shared: Scope[] = []
      const join = (next: Scope[]) => {
        for (const scope of shared) if (!next.includes(scope)) scope.transfers.delete(transfer)
        for (const scope of next) {
          scope.transfers.add(transfer)
          scope.most = Math.max(scope.most, scope.transfers.size)
        }
        shared = next
        if (!next.some(({ isNews }) => isNews)) return
        for (const scope of next) scope.isNews = false
        timer ??= setInterval(report, reportMs).unref()
        report()
      }
      const transfer: TransferPace = {
        pace,
        limitTo(now) {
          const rates = transferRates(session, now)
          if (rates.task === null) taskRate = null
          else if (taskRate === null) taskRate = createSharedRate(rates.task)
          else if (taskRate.bytesPerSecond !== rates.task) taskRate.change(rates.task)
          join([
            ...(rates.session === null ? [] : [scopeOf(sessionId, tenantId, rates.session)]),
            ...(rates.tenant === null ? [] : [scopeOf(tenantId, tenantId, rates.tenant)]),
          ])
          pace.limitTo([...(taskRate === null ? [] : [taskRate]), ...shared.map(({ rate }) => rate)])
        },
        close: () => join([]),
      }
      transfer.limitTo(limits)
      return transfer
    },
    async stop() {
      clearInterval(timer)
      const given = [...scopes].map(([scopeId, { tenantId, maximum }]) => ({ scopeId, tenantId, maximum, ...nothing }))
      // Otherwise they are forgotten as those of a worker that has died.
      await stores.bandwidth.divide(workerId, given).catch(() => {})
    },
  }
}

const nothing = { transfers: 0, bytesPerSecond: 0, isHungry: false }
