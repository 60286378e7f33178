/** An answer as it leaves. A replay has the same bytes. */
export interface Answer {
  status: number
  body: Uint8Array
}

/** A request that creates something and has an Idempotency-Key (api.md §1). */
export interface Once<Result> {
  /** Whose key it is: a tenant's id, or what stands for the operators. Without spaces, as the key. */
  scope: string
  key: string
  /** SHA-256 of everything that makes the request what it is. Asked for only when the rules have found it sound. */
  fingerprint(): Uint8Array
  /** What the client is told of it; null when nothing was created: then the key stays free. A pure function. */
  answer(result: Result): Answer | null
}

/** Why a request with a key did nothing: it was answered before, it is being worked on, or the key was another request's. */
export interface Replay {
  replay: Answer | 'running' | 'reused'
}

export function isReplay<Outcome>(outcome: Outcome | Replay): outcome is Replay {
  return typeof outcome === 'object' && outcome !== null && 'replay' in outcome
}

/** The request as a store's verb sees it, whose result is less than what the client is told. `tell` null: not created. */
export function onceOf<Stored, Result>(
  once: Once<Result> | undefined,
  tell: (stored: Stored) => Result | null,
): Once<Stored> | undefined {
  if (once === undefined) return undefined
  const answer = (stored: Stored) => {
    const result = tell(stored)
    return result === null ? null : once.answer(result)
  }
  return { ...once, answer }
}
