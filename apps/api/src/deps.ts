import type {
  Announcer,
  EgressPolicy,
  Encryptor,
  HmacSha256,
  Mint,
  ObjectStore,
  OpenedFile,
  ReceiptSigner,
  SignEd25519,
  Stores,
} from '@backhaul/core'
import type { FastifyBaseLogger } from 'fastify'

/** Everything the API is built from. The caller that opens these closes them, after the server. */
export interface ApiDeps {
  stores: Stores
  objects: Pick<ObjectStore, 'link' | 'copy' | 'remove'>
  encryptor: Pick<Encryptor, 'sign'>
  receipts: ReceiptSigner
  mint: Mint
  hmac: HmacSha256
  ed25519: SignEd25519
  announcer: Announcer
  egress: EgressPolicy
  /** New webhook endpoints must answer a challenge, unless their tenant says otherwise. */
  webhookVerification: boolean
  /** For `/v1/admin`. */
  adminToken: string
  /** Where clients reach the service, without a trailing slash; null: links it gives out are paths. */
  publicUrl: string | null
  log: FastifyBaseLogger | false
  nowMs(): number
  random(): number
  /** What the service stands on, each part asked now. Without the database it is not ready; the rest degrades it. */
  health(): Promise<{ name: string; ok: boolean }[]>
  /** When files are on disk: what a signed link of ours leads to. Absent with S3, whose links lead elsewhere. */
  openFile?: (token: string) => Promise<OpenedFile | 'expired' | 'invalid' | 'gone'>
}
