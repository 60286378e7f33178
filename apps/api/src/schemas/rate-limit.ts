import { Type } from 'typebox'

/** The headers of a rate-limited response. */
export const rateLimitHeaders = {
  'RateLimit-Policy': Type.String({ description: 'The quota: `"name";q=<calls>;w=<seconds>`.' }),
  RateLimit: Type.String({
    description: 'What is left of it, and seconds until there is more: `"name";r=<calls>;t=<seconds>`.',
  }),
}
