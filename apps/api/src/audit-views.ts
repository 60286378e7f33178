import type { AuditEntry } from '@backhaul/core'
import type { Static } from 'typebox'
import type { AuditEntrySchema, OperatorAuditEntrySchema } from './schemas/audit.ts'

/** As operators see it. */
export function operatorAuditEntryView(entry: AuditEntry): Static<typeof OperatorAuditEntrySchema> {
  const { id, at, tenantId, keyId, signInId, action, target, address, requestId } = entry
  const actor = { kind: keyId === null ? 'operator' : 'key', keyId, signInId } as const
  return { id, at: at.toISOString(), actor, action, target, requestId, address, tenantId }
}

/** As its tenant sees it: where operators are is no matter of theirs. */
export function auditEntryView(entry: AuditEntry): Static<typeof AuditEntrySchema> {
  const { tenantId: _, ...view } = operatorAuditEntryView(entry)
  return { ...view, address: entry.keyId === null ? null : view.address }
}
