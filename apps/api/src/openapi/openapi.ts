import { withoutTracing } from '@backhaul/core'
import type { ApiDeps } from '../deps.ts'
import { buildServer } from '../server.ts'

/** The OpenAPI document as it is committed and served: generated from the routes, the same bytes every time. */
export async function renderOpenapi(): Promise<string> {
  const app = await buildServer(inertDeps)
  try {
    return `${JSON.stringify(app.swagger(), null, 2)}\n`
  } finally {
    await app.close()
  }
}

/** Dependencies that are never used: routes are described, not called. */
const inertDeps: ApiDeps = {
  stores: inert('stores'),
  objects: inert('objects'),
  encryptor: inert('encryptor'),
  receipts: inert('receipts'),
  mint: inert('mint'),
  requestCounts: inert('requestCounts'),
  hmac: () => '',
  ed25519: () => '',
  announcer: inert('announcer'),
  egress: { allowed: [] },
  trustedProxies: [],
  webhookVerification: false,
  adminTokens: [],
  publicUrl: null,
  log: false,
  tracing: withoutTracing,
  nowMs: () => 0,
  random: () => 0,
  health: async () => [],
  metrics: inert('metrics'),
}

function inert<T extends object>(name: string): T {
  return new Proxy({} as T, {
    get: () => {
      throw new Error(`the ${name} is not there: this server only describes itself`)
    },
  })
}
