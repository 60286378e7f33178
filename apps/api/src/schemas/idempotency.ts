import { Type } from 'typebox'

/** The Idempotency-Key of creating requests, and the header of a replayed response. */
export const idempotencyHeaders = Type.Object({
  'Idempotency-Key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[!-~]+$',
      description:
        'Makes repeating harmless: for 48 hours the same key with the same body gets the first response again, and nothing more is created. Visible ASCII; a UUID does. Refused requests leave the key free.',
    }),
  ),
})

export const replayedHeaders = {
  'Idempotency-Replayed': Type.String({
    enum: ['true'],
    description: 'Only on a replay: this is the response that the first request with this Idempotency-Key got.',
  }),
}
