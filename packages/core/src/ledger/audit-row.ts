import pg from 'pg'
import { clockNow } from '../database/database.ts'
import type { Mint } from '../kernel/ids.ts'
import type { RequestContext } from '../kernel/request-context.ts'

/** What a request has changed, where its path does not say it. */
export interface Change {
  /** The id of what it made. */
  target?: string
  /** Whose it is; null: no tenant's. */
  tenantId?: string | null
}

/** Requests that are on record: one row for each, however many transactions it takes. */
const recorded = new WeakSet<RequestContext>()

/** What one transaction says about its changes. */
export interface ChangeNotes {
  /** See `Tx.changed`. */
  changed(change?: Change): void
  /** The statement that puts the request on record; null: nothing was changed, nobody asked for it, or it is recorded. */
  statement(): string | null
  /** The transaction has been committed. */
  committed(): void
}

/** `request` undefined: the work is a worker's, which leaves no audit. */
export function noteChanges(mint: Pick<Mint, 'id'>, request: RequestContext | undefined): ChangeNotes {
  let noted: Change | null = null
  return {
    changed(change = {}) {
      noted = { ...noted, ...change }
    },
    statement() {
      if (noted === null || request === undefined || recorded.has(request)) return null
      return insertion(mint.id('aud'), request, noted)
    },
    committed() {
      if (noted !== null && request !== undefined) recorded.add(request)
    },
  }
}

/** As text, so that it can be sent together with the commit: a statement with parameters would be a message of its own. */
function insertion(id: string, request: RequestContext, change: Change): string {
  const { aboutTenantId, actor, action, address, requestId } = request
  const values = [
    id,
    change.tenantId === undefined ? aboutTenantId : change.tenantId,
    actor.kind,
    actor.kind === 'key' ? actor.keyId : null,
    actor.signInId ?? null,
    action,
    change.target ?? request.target,
    address,
    requestId,
  ]
  const literals = values.map((value) => (value === null ? 'null' : pg.escapeLiteral(value)))
  return `INSERT INTO audit (id, tenant_id, actor, key_id, sign_in_id, action, target, address, request_id, at)
    VALUES (${literals.join(', ')}, ${clockNow})`
}
