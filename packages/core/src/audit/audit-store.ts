import type { Page, PageQuery } from '../kernel/page.ts'

/** A request that has changed something. */
export interface AuditEntry {
  id: string
  /** The tenant that it was about; null: none. */
  tenantId: string | null
  /** The API key that it came with; null: the operator's token. */
  keyId: string | null
  /** The sign-in that stood for the key or the token; null: it came with it. */
  signInId: string | null
  /** The operation's id in the OpenAPI document. */
  action: string
  /** What was made or changed: an id, or a session's identifier; null: the operation says it all. */
  target: string | null
  address: string
  requestId: string
  at: Date
}

export interface AuditFilter {
  /** Only what is about this tenant; absent: everything, for operators. */
  tenantId?: string | undefined
  /** From then on. */
  since?: Date | undefined
  action?: string | undefined
  keyId?: string | undefined
  /** Default: the oldest first. */
  newestFirst?: boolean | undefined
}

export interface AuditStore {
  /** A cursor goes on in the order that its page had. Throws `invalid_request` for a garbled cursor. */
  listAudit(filter: AuditFilter, query: PageQuery): Promise<Page<AuditEntry>>
  /** Removes what is older than is kept, some at a time; returns how many. The rest goes at the next sweep. */
  sweepAudit(): Promise<number>
}
