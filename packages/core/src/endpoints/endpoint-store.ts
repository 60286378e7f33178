import type { IdempotentRequest, Replay } from '../idempotency/idempotent-request.ts'
import type { Page, PageQuery } from '../kernel/page.ts'
import type { EndedAttempt } from './rules/attempt-stats.ts'
import type { SignatureScheme } from './rules/signature.ts'

/* A tenant's webhook endpoints; each verb is one transaction. */

export interface Endpoint {
  id: string
  kind: 'http' | 'stream'
  /** Null: deliveries go over a connection that the receiver opens. */
  url: string | null
  eventTypes: string[]
  state: 'enabled' | 'disabled'
  disabledReason: string | null
  disabledAt: Date | null
  description: string | null
  /** Static header fields of every POST, their values masked. */
  headers: Record<string, string>
  signatureScheme: SignatureScheme
  /** `whpk_…`, which verifies `v1a`. */
  publicKey: string | null
  /** Hint of the newest secret, or public key. */
  secretHint: string
  /** Secrets that sign beside it until they expire. */
  olderSecrets: { hint: string; expiresAt: Date }[]
  maximumDeliveriesPerSecond: number | null
  /** Whether it must answer a challenge before its first event, and has. */
  verification: 'none' | 'pending' | 'verified'
  /** Nothing has succeeded since then, and something has failed. */
  failingSince: Date | null
  createdAt: Date
}
/** The signing secret `whsec_…`, or the key `whsk_…` with its public key. Encrypted by the store. */
export interface NewSecret {
  secret: string
  publicKey?: string | null
}
export interface NewEndpoint extends NewSecret {
  /** Null: a stream. */
  url: string | null
  eventTypes: string[]
  description?: string | null
  /** Sealed by the store. */
  headers?: Record<string, string>
  signatureScheme?: SignatureScheme
  maximumDeliveriesPerSecond?: number | null
  requiresVerification?: boolean
}
/** Members that are not given stay. */
export interface EndpointChange {
  url?: string | undefined
  eventTypes?: string[] | undefined
  description?: string | null | undefined
  /** All of them; sealed by the store. */
  headers?: Record<string, string> | undefined
  maximumDeliveriesPerSecond?: number | null | undefined
}
/** The endpoint, or why there is no new secret. */
export type RotatedSecret = Endpoint | 'not_found' | 'too_many'
/** Its last attempts that have ended, the newest first. */
export interface RecentAttempts {
  endpointId: string
  recent: EndedAttempt[]
}
export interface SentTest {
  eventId: string
  deliveryId: string
}
export type WrittenTest = SentTest | 'not_found' | 'disabled'
export interface EndpointStore {
  createEndpoint(
    tenantId: string,
    endpoint: NewEndpoint,
    request?: IdempotentRequest<Endpoint>,
  ): Promise<Endpoint | Replay>
  listEndpoints(tenantId: string, query: PageQuery): Promise<Page<Endpoint>>
  /** In the order of `listEndpoints`; only of `endpointId`, if that is given. */
  listRecentAttempts(tenantId: string, endpointId: string | undefined, query: PageQuery): Promise<Page<RecentAttempts>>
  findEndpoint(tenantId: string, id: string): Promise<Endpoint | null>
  deleteEndpoint(tenantId: string, id: string): Promise<'deleted' | 'in_use' | 'not_found'>
  /** At another URL it has to answer its challenge again, and its health is reset. `no_url`: it is a stream. */
  changeEndpoint(tenantId: string, id: string, change: EndpointChange): Promise<Endpoint | 'not_found' | 'no_url'>
  /**
   * The new secret signs from now on; those before it for so many more seconds at most, and secrets that no longer sign
   * are removed. `too_many`: more would sign at once than may.
   */
  rotateSecret(
    tenantId: string,
    id: string,
    secret: NewSecret,
    overlapSeconds: number,
    request?: IdempotentRequest<RotatedSecret>,
  ): Promise<RotatedSecret | Replay>
  /** Enables it and resets its health; harmless when it is enabled. null: no such endpoint. */
  enableEndpoint(tenantId: string, id: string): Promise<Endpoint | null>
  /** Writes `endpoint.test` with this data and delivers it to the endpoint alone, whatever its filter. */
  testEndpoint(
    tenantId: string,
    id: string,
    data: Record<string, unknown>,
    request?: IdempotentRequest<WrittenTest>,
  ): Promise<WrittenTest | Replay>
}
