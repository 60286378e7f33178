import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { tags } from '../operation.ts'
import { components } from '../schemas/all.ts'
import { answerSchemas } from '../schemas/decision.ts'
import { eventSchemas } from '../schemas/event.ts'
import { EndpointVerificationAnswerSchema, EndpointVerificationSchema } from '../schemas/verification.ts'
import { completeDocument } from './complete-document.ts'

const verificationType = 'endpoint.verification'

/** The events whose receiver answers with a body. */
const answers: Record<string, { schema: object; description: string }> = {
  ...Object.fromEntries(
    Object.entries(answerSchemas).map(([type, schema]) => [type, { schema, description: 'The decision.' }]),
  ),
  [verificationType]: { schema: EndpointVerificationAnswerSchema, description: 'The endpoint is verified.' },
}

const description = `Background downloads as a service: a client registers a session, hands over download tasks and goes away;
the service fetches the files into object storage and wakes the client with a signed webhook.

Times are RFC 3339 UTC, durations are seconds unless the name says otherwise, sizes are bytes. Refusals are
\`application/problem+json\` (RFC 9457) with a \`code\` and, where fields are wrong, JSON pointers. Unknown fields are refused.

The [guide](/docs/guide) shows how it all works together, and what to do about [every error](/docs/guide/errors).`

/** The document around the routes. Everything in it is fixed, so the same routes give the same bytes. */
export const swaggerOptions: FastifyDynamicSwaggerOptions = {
  // Part of OpenAPI 3.1; generators tell the members of a union apart by it.
  convertConstToEnum: false,
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Backhaul',
      version: '1.0.0',
      description,
      contact: { name: 'Backhaul' },
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This service' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: "A tenant's API key (`bh_…`) with the right scope." },
        cookieAuth: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-backhaul-sign-in',
          description:
            'The cookie of `POST /v1/sign-in`, which stands for a key or for the operator’s token, in requests from pages of the service. Without https its name is `backhaul-sign-in`; at a port other than 80 and 443, that is a part of it: `backhaul-sign-in-8080`.',
        },
        operatorToken: { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN, or one of those that it lists.' },
      },
    },
    webhooks: webhooks(),
  } as NonNullable<FastifyDynamicSwaggerOptions['openapi']>,
  transformObject: (document) =>
    'openapiObject' in document ? completeDocument(document.openapiObject) : document.swaggerObject,
  refResolver: { buildLocalReference: (json, _baseUri, _fragment, index) => String(json.$id ?? `def-${index}`) },
}

/** The components that routes refer to by name. */
export const namedSchemas = components

/** The Standard Webhooks requests to an endpoint, by event type. */
function webhooks() {
  const header = (name: string, text: string) => ({
    in: 'header' as const,
    name,
    required: true,
    description: text,
    schema: { type: 'string' as const },
  })
  const parameters = [
    header('webhook-id', "The event's id, the same on every attempt."),
    header('webhook-timestamp', 'Seconds since 1970, of this attempt.'),
    header(
      'webhook-signature',
      '`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, or with `v1a` endpoints `v1a,` and base64 of Ed25519 over ' +
        'the same; one for every live secret or key, separated by spaces.',
    ),
  ]
  const schemas = { ...eventSchemas, [verificationType]: EndpointVerificationSchema }
  return Object.fromEntries(
    Object.entries(schemas).map(([type, schema]) => {
      const { $id, description: summary } = schema as { $id?: string; description?: string }
      const post = {
        operationId: `on${($id ?? '').replace(/Event$/, '')}`,
        tags: ['Events'],
        summary: summary ?? type,
        security: [],
        parameters,
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: `#/components/schemas/${$id}` } } },
        },
        responses: {
          ...received(answers[type]),
          '410': { description: 'The receiver is gone for good: the endpoint is disabled.' },
        },
      }
      return [type, { post }]
    }),
  )
}

function received(answer: (typeof answers)[string] | undefined) {
  if (answer === undefined) return { '2XX': { description: 'Received.' } }
  const schema = { $ref: `#/components/schemas/${(answer.schema as { $id?: string }).$id}` }
  return { '2XX': { description: answer.description, content: { 'application/json': { schema } } } }
}
