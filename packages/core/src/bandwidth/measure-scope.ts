import { createSharedRate, type SharedRate } from '@backhaul/transfer'
import type { ScopeUse } from './bandwidth-store.ts'
import { isHungry } from './rules/divide-rate.ts'

/** A tenant's or a session's maximum, of which this worker has a share. */
export interface Scope {
  readonly tenantId: string
  /** Of all workers together; bytes per second. */
  maximum: number
  /** The maximum has just been set or changed. */
  isNews: boolean
  /** This worker's share. 0 until the first division. */
  readonly rate: SharedRate
  /** The transfers that read under it. */
  readonly transfers: Set<unknown>
  /** The most of them at once since the last report. */
  most: number
  /** As measured, smoothed. */
  bytesPerSecond: number
  isHungry: boolean
  /** Reports in a row without a transfer. */
  quietReports: number
}

/** What was measured for less time says little; then the last measurement counts again. Milliseconds. */
const leastMeasuredMs = 500
/** The share is kept for so many reports without a transfer: with many small files the next one comes in a moment. */
const keptForReports = 2
/** The weight of the newest measurement. */
const newest = 0.5

export function createScope(tenantId: string): Scope {
  const measured = { bytesPerSecond: 0, isHungry: true, quietReports: 0 }
  return { tenantId, maximum: 0, isNews: true, rate: createSharedRate(0), transfers: new Set(), most: 0, ...measured }
}

/** What is to be reported, and begins to count anew. */
export function useOf(scope: Scope): Omit<ScopeUse, 'scopeId'> {
  const { tenantId, maximum, rate, transfers, most } = scope
  const use = rate.measure(leastMeasuredMs)
  if (use !== null) {
    scope.bytesPerSecond += ((use.bytes * 1000) / use.elapsedMs - scope.bytesPerSecond) * newest
    scope.isHungry = isHungry(use)
  }
  scope.quietReports = most > 0 ? 0 : scope.quietReports + 1
  const isKept = most === 0 && scope.quietReports < keptForReports
  scope.most = transfers.size
  const { bytesPerSecond, isHungry: hungry } = scope
  return { tenantId, maximum, transfers: isKept ? 1 : most, bytesPerSecond, isHungry: hungry && most > 0 }
}
