import type { HostState as HostRow } from '../../database/generated/client.ts'
import type { TaskErrorName } from '../../tasks/rules/task-error.ts'
import type { HostHealth, HostScheme } from '../rules/host-health.ts'

export function healthOf(row: Omit<HostRow, 'host' | 'bytesPerSecond' | 'singleConnectionUntil'>): HostHealth {
  const { blockedUntil, halfOpen, failures, downSince, fault, faultScheme, reason, decidedAt } = row
  return {
    blockedUntilMs: blockedUntil?.getTime() ?? null,
    halfOpen,
    failures,
    downSinceMs: downSince?.getTime() ?? null,
    errorName: fault as TaskErrorName | null,
    errorScheme: faultScheme as HostScheme | null,
    reason,
    decidedAtMs: decidedAt?.getTime() ?? null,
  }
}
