import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { ApiDeps } from '#api/deps.ts'
import { buildServer } from '#api/server.ts'
import { type Database, openDatabase } from '#core/database/database.ts'
import { openAnnouncer } from '#core/database/listen.ts'
import { createFileLinks } from '#core/files/disk/signed-links.ts'
import { openReceiptSigner } from '#core/files/jose/receipt-signer.ts'
import { withoutTracing } from '#core/kernel/tracing.ts'
import { createPostgresRequestCounts } from '#core/limits/postgres/request-counts.ts'
import { createInstruments } from '#core/operations/prometheus/instruments.ts'
import { createMetrics } from '#core/operations/prometheus/metrics.ts'
import { readConfig } from '#core/runtime/config.ts'
import { createEncryptor, ed25519, hmacSha256, mint } from '#core/runtime/crypto.ts'
import { createOwnPlaces } from '#core/runtime/find-own-addresses.ts'
import { createStores } from '#core/runtime/postgres-stores.ts'
import type { Stores } from '#core/runtime/stores.ts'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'
import { createMemoryBudget, version } from '#transfer/index.ts'
import { createFileObjects, type FileObjects } from '#transfer/storage/disk/disk-object-store.ts'
import { testDatabase } from '../servers/postgres.ts'
import { createOpenapiCheck, type Document, type OpenapiCheck } from './openapi-check.ts'

export const operatorToken = 'operator-token-of-the-tests'

interface Call {
  key?: string
  /** Sent as JSON. */
  body?: unknown
  /** Sent unchanged. */
  payload?: string
  headers?: Record<string, string>
  /** The address that it comes from. */
  from?: string
}
export interface ApiResponse {
  status: number
  headers: Record<string, unknown>
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: the schema check has just said what it is
  json: any
}
export interface TestTenant {
  id: string
  key: string
  call(method: string, url: string, body?: unknown): Promise<ApiResponse>
}
export interface ApiUnderTest {
  app: Awaited<ReturnType<typeof buildServer>>
  stores: Stores
  database: Database
  connectionString: string
  objects: FileObjects
  deps: ApiDeps
  document: Document
  check: OpenapiCheck
  /** Sends one request and checks the response against the OpenAPI document. */
  call(method: string, url: string, call?: Call): Promise<ApiResponse>
  tenant(name?: string): Promise<TestTenant>
  /** A key of the tenant with just these scopes. */
  keyOf(tenantId: string, scopes: string[]): Promise<string>
  close(): Promise<void>
}

/** The API on a real database, files and announcements of its own. Listens only when a test starts it. */
export async function openApi(
  overrides: Partial<ApiDeps> = {},
  { rowSecurity = true }: { rowSecurity?: boolean } = {},
): Promise<ApiUnderTest> {
  const { connectionString, drop } = await testDatabase()
  const directory = await mkdtemp(join(tmpdir(), 'backhaul-api-'))
  const database = openDatabase(connectionString, { rowSecurity })
  const encryptor = createEncryptor(randomBytes(32))
  const log = { info() {}, warn() {}, error() {} }
  const announcer = await openAnnouncer(connectionString, log)
  const stores = createStores(database, mint, encryptor, { baseSeconds: 60, factor: 2, capSeconds: 21_600 })
  await stores.limits.setDefaults(readConfig({}, 'standalone').limits!)
  const links = createFileLinks(encryptor, null)
  const objects = createFileObjects({ directory, signLink: links.sign })
  const deps: ApiDeps = {
    stores,
    objects,
    encryptor,
    receipts: await openReceiptSigner(database, encryptor),
    mint,
    requestCounts: createPostgresRequestCounts(database.relaxed),
    hmac: hmacSha256,
    ed25519,
    announcer,
    egress: { allowed: parseCidrs('127.0.0.0/8').cidrs, isOwn: ownPlaces(overrides.publicUrl ?? null).isOwn },
    adminTokens: [operatorToken],
    trustedProxies: [],
    webhookVerification: false,
    publicUrl: null,
    log: false,
    nowMs: Date.now,
    random: Math.random,
    health: async () => [{ name: 'database', ok: true }],
    metrics: createMetrics(createInstruments(version), {
      database,
      fleet: stores.operations,
      memory: createMemoryBudget(),
    }),
    tracing: withoutTracing,
    openFile: (token) => links.open(token, objects, deps.nowMs()),
    ...overrides,
  }
  const app = await buildServer(deps)
  const document = app.swagger() as unknown as Document
  const check = createOpenapiCheck(document)

  const call: ApiUnderTest['call'] = async (method, url, { key, body, payload, headers = {}, from } = {}) => {
    const sent = payload ?? (body === undefined ? undefined : JSON.stringify(body))
    const response = await app.inject({
      // An endless response counts as received when its head has arrived; then the connection is closed.
      payloadAsStream: true,
      method: method as 'GET',
      ...(from === undefined ? {} : { remoteAddress: from }),
      url,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(sent === undefined ? {} : { payload: sent }),
    })
    const endless = /^text\/event-stream/.test(String(response.headers['content-type']))
    if (endless) response.raw.res.destroy()
    const read = endless ? '' : await text(response.stream())
    check.response(method, url, { statusCode: response.statusCode, headers: response.headers, body: read })
    const isJson = /json/.test(String(response.headers['content-type'])) && read !== ''
    return {
      status: response.statusCode,
      headers: response.headers,
      text: read,
      json: isJson ? JSON.parse(read) : null,
    }
  }

  return {
    app,
    stores,
    database,
    connectionString,
    objects,
    deps,
    document,
    check,
    call,
    async tenant(name = 'a tenant') {
      const { json } = await call('POST', '/v1/admin/tenants', { key: operatorToken, body: { name } })
      const key = json.apiKey as string
      return { id: json.tenant.id, key, call: (method, url, body) => call(method, url, { key, body }) }
    },
    async keyOf(tenantId, scopes) {
      const url = `/v1/admin/tenants/${tenantId}/api-keys`
      const { json } = await call('POST', url, { key: operatorToken, body: { name: 'narrow', scopes } })
      return json.apiKey
    },
    async close() {
      await app.close()
      await announcer.close()
      await database.close()
      await drop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function ownPlaces(publicUrl: string | null) {
  return createOwnPlaces({
    ...{ publicUrl, host: '127.0.0.1', port: 0 },
    ...{ databaseUrl: null, redis: null, egressProxy: null },
  })
}
