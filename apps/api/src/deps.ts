import type {
  Announcer,
  EgressPolicy,
  Encryptor,
  HealthCheck,
  HmacSha256,
  KeyWatch,
  Metrics,
  Mint,
  ObjectStore,
  OpenedFile,
  ReceiptSigner,
  RequestCounts,
  SignEd25519,
  Stores,
  Tracing,
} from '@backhaul/core'
import type { Cidr } from '@backhaul/transfer/rules'
import type { FastifyBaseLogger } from 'fastify'

/** Everything the API is built from. The caller that opens these closes them, after the server. */
export interface ApiDeps {
  stores: Stores
  objects: Pick<ObjectStore, 'link' | 'copy' | 'remove'>
  encryptor: Pick<Encryptor, 'sign' | 'signatures'>
  receipts: ReceiptSigner
  mint: Mint
  /** The requests of every key, over all processes. */
  requestCounts: RequestCounts
  hmac: HmacSha256
  ed25519: SignEd25519
  announcer: Announcer
  egress: EgressPolicy
  /** Proxies whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly Cidr[]
  /** New webhook endpoints must answer a challenge, unless their tenant says otherwise. */
  webhookVerification: boolean
  /** For `/v1/admin`; each is valid. */
  adminTokens: readonly string[]
  /** Where clients reach the service, without a trailing slash; null: links it gives out are paths. */
  publicUrl: string | null
  log: FastifyBaseLogger | false
  nowMs(): number
  random(): number
  /** The health of each dependency, checked now. Without the database the service is not ready; without another it is degraded. */
  health: HealthCheck
  metrics: Pick<Metrics, 'countRequest'>
  tracing: Tracing
  /** Resolves a signed link to a file on disk. Absent with S3, whose links lead to S3. */
  openFile?: (token: string) => Promise<OpenedFile | 'expired' | 'invalid' | 'gone'>
}

/** For routes whose responses take their time: they end with their key. */
export type LiveDeps = ApiDeps & { keyWatch: KeyWatch }
