/** A response as it is sent. A replay has the same bytes. */
export interface StoredResponse {
  status: number
  body: Uint8Array
}

/** A request that creates something and has an Idempotency-Key. */
export interface IdempotentRequest<Result> {
  /** The owner of the key: a tenant's id, or a fixed word for operators. Without spaces, as the key. */
  scope: string
  key: string
  /** SHA-256 of everything that makes the request what it is. Asked for only when the rules have found it sound. */
  fingerprint(): Uint8Array
  /** The response about `result`; null when nothing was created: then the key stays free. A pure function. */
  respond(result: Result): StoredResponse | null
}

/** Why a request with a key did nothing: it had a response before, it is still running, or the key was another request's. */
export interface Replay {
  replay: StoredResponse | 'running' | 'reused'
}

export function isReplay<Outcome>(outcome: Outcome | Replay): outcome is Replay {
  return typeof outcome === 'object' && outcome !== null && 'replay' in outcome
}

/** The same request for a store's verb, whose outcome is less than the response shows. `resultOf` null: nothing was created. */
export function withOutcome<Outcome, Result>(
  request: IdempotentRequest<Result> | undefined,
  resultOf: (outcome: Outcome) => Result | null,
): IdempotentRequest<Outcome> | undefined {
  if (request === undefined) return undefined
  const respond = (outcome: Outcome) => {
    const result = resultOf(outcome)
    return result === null ? null : request.respond(result)
  }
  return { ...request, respond }
}
