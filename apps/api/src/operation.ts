import { type ProblemCode, problems } from '@backhaul/core'
import type { TSchema } from 'typebox'
import type { Access } from './auth.ts'
import { idempotencyHeaders, replayedHeaders } from './schemas/idempotency.ts'
import { ProblemSchema } from './schemas/problem.ts'
import { rateLimitHeaders } from './schemas/rate-limit.ts'
import { ref } from './schemas/shapes.ts'
import { taskParams } from './schemas/task-params.ts'

/** The groups of operations in the document. */
export const tags = {
  Sessions: 'Named groups of tasks, each with one frozen configuration.',
  Tasks: 'One request for one URL each.',
  Files: 'What completed tasks left in storage.',
  Receipts: 'Signed statements of what was stored, and the keys that verify them.',
  Events: 'Facts, numbered: the same ones that webhooks carry.',
  Endpoints: 'Where webhooks go.',
  Deliveries: 'Events on their way to endpoints.',
  Wakes: 'The service resuming a client that is in the background.',
  Hosts: 'How the places that files come from are treated.',
  Limiter: "Where the client is, and the wake limiter's delay.",
  Limits: 'What a tenant may use at most, and what it uses.',
  Keys: 'API keys of the tenant.',
  'Sign-in': 'A cookie that stands for an API key, or for the operator’s token, in a browser.',
  Audit: 'Who changed what, when, and from where.',
  Usage: 'What was used, by hours and days; what happened of late, by minutes and hours.',
  Operators: 'Tenants, their keys and their usage; workers.',
  Service: 'Whether it works.',
} as const

/** Other than application/json. */
type MediaType = 'application/octet-stream' | 'text/event-stream' | 'application/jose' | 'application/jwk-set+json'

/** A response of a route. */
interface ResponseSpec {
  /** null: it has no body. */
  schema: TSchema | null
  description: string
  headers?: Record<string, TSchema>
  mediaType?: MediaType
  /** The other media types that a request can ask for. */
  alsoAs?: Record<string, TSchema>
}

/** A route's description, for its schema, its access and the OpenAPI document. */
export interface OperationSpec<Params extends TSchema, Query extends TSchema, Body extends TSchema> {
  operationId: string
  tag: keyof typeof tags
  summary: string
  description: string
  access: Access
  params?: Params
  querystring?: Query
  body?: Body
  /** By status. */
  responses: Record<number, ResponseSpec>
  /** Request headers with a meaning of their own. */
  headers?: TSchema
  /** Whether the operation creates something and takes an Idempotency-Key (idempotency.ts). */
  creates?: true
  /** Problem codes besides those that follow from the other fields. */
  problems?: ProblemCode[]
}

/** A route's schema and config, with the refusals that every route of its kind can give (malformed body, missing key, …). */
export function operation<
  const Params extends TSchema = TSchema,
  const Query extends TSchema = TSchema,
  const Body extends TSchema = TSchema,
>(spec: OperationSpec<Params, Query, Body>) {
  const { operationId, tag, summary, description, access, params, querystring, body, creates } = spec
  const ofTask = (params as TSchema | undefined) === taskParams
  const isTenants = access !== 'anybody' && access !== 'operator'
  const codes: ProblemCode[] = [
    // Always present, so that a query that is not well-formed text is refused by every route.
    'invalid_request',
    ...(access === 'anybody' ? [] : (['unauthorized', 'cross_site_request', 'rate_limited'] as const)),
    ...(isTenants ? (['forbidden', 'tenant_suspended'] as const) : []),
    ...(params ? (['not_found'] as const) : []),
    ...(ofTask ? (['task_gone'] as const) : []),
    ...(body ? (['request_timeout', 'body_too_large', 'unsupported_media_type'] as const) : []),
    ...(creates ? (['idempotency_key_in_use', 'idempotency_key_reused'] as const) : []),
    ...(spec.problems ?? []),
    'internal',
    'unavailable',
  ]
  const schema = {
    operationId,
    tags: [tag],
    summary,
    description,
    ...(params ? { params } : {}),
    ...(querystring ? { querystring } : {}),
    ...(creates ? { headers: idempotencyHeaders } : {}),
    ...(spec.headers ? { headers: spec.headers } : {}),
    ...(body ? { body: ref(body) } : {}),
    security: schemesOf(access).map((scheme) => ({ [scheme]: [] })),
    response: {
      ...responsesOf(spec.responses, { ...(isTenants ? rateLimitHeaders : {}), ...(creates ? replayedHeaders : {}) }),
      ...problemsOf(codes),
    },
  }
  return {
    schema: schema as unknown as Omit<typeof schema, 'body' | 'headers'> & {
      params: Params
      querystring: Query
      body: Body
    },
    config: { access, operationId, ofTask },
  }
}

/** Of the document; any of them will do. */
function schemesOf(access: Access): string[] {
  if (access === 'anybody') return []
  if (access === 'holder') return ['cookieAuth', 'apiKey', 'operatorToken']
  return [access === 'operator' ? 'operatorToken' : 'apiKey', 'cookieAuth']
}

function responsesOf(
  responses: OperationSpec<TSchema, TSchema, TSchema>['responses'],
  shared: Record<string, TSchema>,
) {
  return Object.fromEntries(
    Object.entries(responses).map(([status, spec]) => {
      const { schema, description, headers, mediaType = 'application/json', alsoAs = {} } = spec
      const all = { ...shared, ...headers }
      const named = Object.keys(all).length > 0 ? { headers: all } : {}
      if (schema === null) return [status, { type: 'null', description, ...named }]
      const bodies = Object.entries({ [mediaType]: '$id' in schema ? ref(schema) : schema, ...alsoAs })
      const content = Object.fromEntries(bodies.map(([type, each]) => [type, { schema: each }]))
      return [status, { description, ...named, content }]
    }),
  )
}

function problemsOf(codes: ProblemCode[]) {
  const byStatus = Map.groupBy(new Set(codes), (code) => problems[code].status)
  return Object.fromEntries(
    byStatus.entries().map(([status, group]) => {
      const description = group.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' ')
      return [status, { description, content: { 'application/problem+json': { schema: ref(ProblemSchema) } } }]
    }),
  )
}
