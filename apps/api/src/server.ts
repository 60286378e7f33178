import { randomUUID } from 'node:crypto'
import { createKeyWatch } from '@backhaul/core'
import { isWithin } from '@backhaul/transfer/rules'
import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { LogController } from 'fastify'
import type { App } from './app.ts'
import { guard, type Recognize } from './auth.ts'
import { countRequests } from './count-requests.ts'
import type { ApiDeps } from './deps.ts'
import { answerGoneTasks } from './http/gone-tasks.ts'
import { takeRequests } from './http/intake.ts'
import { refuseUnknown } from './http/methods.ts'
import { createProblemHandler } from './http/problems.ts'
import { lazyValidation, schemaValidation } from './http/schema-validation.ts'
import { createSocketRefusal } from './http/socket-refusals.ts'
import { namedSchemas, swaggerOptions } from './openapi/document.ts'
import { enterRequests } from './request-context.ts'
import { adminRoutes } from './routes/admin.ts'
import { apiKeyRoutes } from './routes/api-keys.ts'
import { auditRoutes } from './routes/audit.ts'
import { createTaskRoutes } from './routes/create-tasks.ts'
import { dashboardRoutes } from './routes/dashboard.ts'
import { deliveryRoutes } from './routes/deliveries.ts'
import { docsRoutes } from './routes/docs.ts'
import { endpointVerbRoutes } from './routes/endpoint-verbs.ts'
import { endpointRoutes } from './routes/endpoints.ts'
import { eventStreamRoutes } from './routes/event-stream.ts'
import { eventRoutes } from './routes/events.ts'
import { fairnessRoutes } from './routes/fairness.ts'
import { guideRoutes } from './routes/guide.ts'
import { healthRoutes } from './routes/health.ts'
import { hostRoutes } from './routes/hosts.ts'
import { limiterRoutes } from './routes/limiter.ts'
import { limitRoutes } from './routes/limits.ts'
import { listenRoutes } from './routes/listen.ts'
import { problemRoutes } from './routes/problems.ts'
import { queueRoutes } from './routes/queue.ts'
import { receiptRoutes } from './routes/receipts.ts'
import { recoveryRoutes } from './routes/recoveries.ts'

import { sessionRoutes } from './routes/sessions.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { statsRoutes } from './routes/stats.ts'
import { taskFileRoutes } from './routes/task-files.ts'
import { taskVerbRoutes } from './routes/task-verbs.ts'
import { taskRoutes } from './routes/tasks.ts'
import { tenantKeyRoutes } from './routes/tenant-keys.ts'
import { timelineRoutes } from './routes/timeline.ts'
import { usageRoutes } from './routes/usage.ts'
import { wakeRoutes } from './routes/wakes.ts'
import { workerRoutes } from './routes/workers.ts'
import { watchStopping } from './stopping.ts'
import { traceRequests } from './trace-requests.ts'

export type { ApiDeps } from './deps.ts'

const bodyBytes = 1024 * 1024
/** Timeouts for receiving a whole request and its head. Node swaps them when the head's is longer. Responses may take longer (`?wait=`). */
const requestTimeoutMs = 30_000
const headersTimeoutMs = 15_000
/** Connections whose time is over are closed this often: thousands that began together must not all end in one turn of the event loop. */
const checkingIntervalMs = 100
/** A connection over which nothing comes or goes for so long is closed: longer than the longest `?wait=`, and than streams are silent. */
const idleTimeoutMs = 120_000
/** Connections at once. More are closed at once: without this bound they would take the last file descriptors from the database. */
const mostConnections = 10_000
/** The path limit: a link to a file on disk contains its key, name and type. */
const maxParamLength = 8192

/** The HTTP server, not yet listening. Closing it ends waiting requests and lets the others finish. */
export async function buildServer(deps: ApiDeps): Promise<App> {
  const answerProblem = createProblemHandler(deps)
  const app: App = Fastify({
    ...(deps.log === false ? { logger: false } : { loggerInstance: deps.log }),
    // One line per request, written below: Fastify's own would show URLs with their queries and tokens.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    bodyLimit: bodyBytes,
    trustProxy: (address: string) => isWithin(address, deps.trustedProxies),
    requestTimeout: requestTimeoutMs,
    connectionTimeout: idleTimeoutMs,
    http: { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: checkingIntervalMs },
    routerOptions: { maxParamLength },
    return503OnClosing: false,
    frameworkErrors: answerProblem,
    clientErrorHandler: createSocketRefusal({ publicUrl: deps.publicUrl, newRequestId: () => randomUUID() }),
    ajv: schemaValidation,
    schemaController: lazyValidation(),
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.server.maxConnections = mostConnections
  app.setErrorHandler(answerGoneTasks(deps, answerProblem))
  // No serialization by schema: views name every field, and tests check every response against its schema.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  for (const schema of namedSchemas) app.addSchema(schema)
  traceRequests(app, deps)
  logRequests(app, deps)
  refuseUnknown(app)
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] },
    },
  })
  const recognize = guard(app, { ...deps, requests: countRequests(app, deps) })
  enterRequests(app)
  takeRequests(app)
  await app.register(swagger, swaggerOptions)
  await addRoutes(app, deps, recognize)
  await app.ready()
  return app
}

async function addRoutes(app: App, deps: ApiDeps, recognize: Recognize): Promise<void> {
  const stopping = watchStopping(app)
  const live = { ...deps, keyWatch: createKeyWatch({ ...deps, log: app.log }) }
  sessionRoutes(app, deps)
  createTaskRoutes(app, deps)
  taskRoutes(app, live, stopping)
  taskVerbRoutes(app, deps)
  taskFileRoutes(app, deps)
  receiptRoutes(app, deps)
  timelineRoutes(app, deps)
  eventRoutes(app, deps)
  const streams = eventStreamRoutes(app, live, stopping)
  endpointRoutes(app, deps)
  endpointVerbRoutes(app, deps)
  deliveryRoutes(app, deps)
  const connections = listenRoutes(app, live, stopping)
  recoveryRoutes(app, deps)
  wakeRoutes(app, deps)
  limiterRoutes(app, deps)
  limitRoutes(app, deps, [streams.countOf, connections.countOf])
  hostRoutes(app, deps)
  apiKeyRoutes(app, deps)
  signInRoutes(app, deps, recognize)
  auditRoutes(app, deps)
  usageRoutes(app, deps)
  statsRoutes(app, deps)
  adminRoutes(app, deps)
  workerRoutes(app, deps)
  queueRoutes(app, deps)
  fairnessRoutes(app, deps)
  tenantKeyRoutes(app, deps)
  healthRoutes(app, deps, stopping)
  problemRoutes(app)
  dashboardRoutes(app)
  if (deps.openFile) {
    // With what sends files, which a service with S3 never needs.
    const { fileRoutes } = await import('./routes/files.ts')
    await fileRoutes(app, deps.openFile)
  }
  docsRoutes(app, () => app.swagger())
  guideRoutes(app, deps)
}

/** Health checks come every few seconds, so they are logged at debug. */
const probes: readonly unknown[] = ['/livez', '/readyz']

/** Counts each request and writes one log line, with the route's pattern and never the URL. The child logger adds the request id. */
function logRequests(app: App, { nowMs, metrics }: Pick<ApiDeps, 'nowMs' | 'metrics'>): void {
  const startedAt = new WeakMap<object, number>()
  app.addHook('onRequest', async (request, reply) => {
    startedAt.set(request, nowMs())
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, principal, routeOptions } = request
    const fields = {
      event: 'request.answered',
      method,
      route: routeOptions.url ?? null,
      status: reply.statusCode,
      durationMs: nowMs() - (startedAt.get(request) ?? nowMs()),
      tenantId: principal?.tenantId ?? null,
    }
    metrics.countRequest(fields)
    if (probes.includes(fields.route)) request.log.debug(fields, 'request')
    else request.log.info(fields, 'request')
  })
}
