import { AppError, found, type SigningIn, signIn } from '@backhaul/core'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { App } from '../app.ts'
import type { Recognize } from '../auth.ts'
import { type Credential, crossSite, provenanceOf } from '../credential.ts'
import { maySignIn } from '../cross-site.ts'
import type { ApiDeps } from '../deps.ts'
import { operation } from '../operation.ts'
import { cookieSite, ownOrigins } from '../origin.ts'
import { asRequester } from '../request-context.ts'
import { GivenSignInSchema, SignInSchema } from '../schemas/sign-in.ts'
import { setCookie } from '../sign-in-cookie.ts'
import { signInView } from '../views.ts'

const common = { tag: 'Sign-in' } as const
const cookie = Type.String({ description: 'The cookie, for this address only, and out of reach of scripts.' })

const create = operation({
  ...common,
  operationId: 'createSignIn',
  summary: 'Sign a browser in',
  description: `Exchanges an API key, the operator's token, or the token of a one-time link for a cookie that stands for it on every route. The sign-in may
do what the key may, counts as the key, and ends with it; otherwise 12 hours after its last use, and after 7 days in all. Wrong keys count as everywhere: after 20 within a minute their address is refused.

A request with the cookie has to come from a page of this service (403 \`cross_site_request\`), and its \`Authorization\`, if it has one, goes before the cookie.`,
  access: 'anybody',
  body: GivenSignInSchema,
  responses: {
    200: { schema: SignInSchema, description: 'Who is signed in.', headers: { 'Set-Cookie': cookie } },
  },
  problems: ['unauthorized', 'forbidden', 'tenant_suspended', 'cross_site_request', 'rate_limited'],
})

const get = operation({
  ...common,
  operationId: 'getSignIn',
  summary: 'Get who is asking',
  description: 'For a cookie, and as well for a key or an operator’s token in `Authorization`.',
  access: 'holder',
  responses: { 200: { schema: SignInSchema, description: 'Whose request it is, and what it may do.' } },
})

const remove = operation({
  ...common,
  operationId: 'deleteSignIn',
  summary: 'Sign a browser out',
  description:
    'The cookie stands for nothing from now on; event streams and waiting requests that came with it end within 5 s. The key lives on. With a key in `Authorization` there is nothing to end.',
  access: 'holder',
  responses: {
    204: {
      schema: null,
      description: 'It has ended, and the browser forgets the cookie.',
      headers: { 'Set-Cookie': cookie },
    },
  },
})

export function signInRoutes(app: App, deps: ApiDeps, recognize: Recognize): void {
  const { publicUrl, stores } = deps
  const cookieFor = (request: FastifyRequest, secret: string | null) =>
    setCookie(secret, cookieSite(request, publicUrl))
  const viewOf = async ({ principal, signIn }: FastifyRequest) => {
    if (principal === null) return signInView(signIn, null)
    const tenant = found('tenant', await stores.tenants.findTenant(principal.tenantId))
    return signInView(signIn, { ...principal, tenant })
  }

  app.post('/v1/sign-in', create, async (request, reply) => {
    if (!maySignIn(provenanceOf(request), ownOrigins(request, publicUrl))) throw crossSite()
    const credential = givenCredential(request.body)
    await recognize(request, reply, credential, 'holder')
    return asRequester(request, async () => {
      const made = await signIn(deps, signingIn(request, credential))
      request.signIn = made.signIn
      reply.headers({ 'set-cookie': cookieFor(request, made.secret), 'cache-control': 'no-store' })
      return viewOf(request)
    })
  })

  app.get('/v1/sign-in', get, async (request, reply) => {
    reply.header('cache-control', 'private, no-store')
    return viewOf(request)
  })

  app.delete('/v1/sign-in', remove, async (request, reply) => {
    if (request.signIn) await stores.keys.endSignIn(request.signIn.id)
    return reply.code(204).header('set-cookie', cookieFor(request, null)).send()
  })
}

function givenCredential({ key, token }: { key?: string; token?: string }): Credential {
  if (key !== undefined && token === undefined) return { kind: 'token', text: key }
  if (token !== undefined && key === undefined) return { kind: 'link', text: token }
  const detail = 'Give exactly one of key and token.'
  throw new AppError('invalid_request', detail, { errors: [{ pointer: '', code: 'oneOf', detail }] })
}

function signingIn({ principal }: FastifyRequest, { kind, text }: Credential): SigningIn {
  if (principal === null) return { operatorToken: text }
  return { holder: principal, ...(kind === 'link' ? { link: text } : {}) }
}
