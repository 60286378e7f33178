import { Type } from 'typebox'

/** The headers of every response to a key that has a limit; a list of two where an operation has a quota of its own. */
export const rateLimitHeaders = {
  'RateLimit-Policy': Type.String({
    description: 'The quotas: `"name";q=<requests>;w=<seconds>`. `"requests"` is that of the key.',
  }),
  RateLimit: Type.String({
    description: 'What is left of each, and seconds until there is more: `"name";r=<requests>;t=<seconds>`.',
  }),
}
