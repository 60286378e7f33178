export interface IdempotencyChores {
  /** Removes responses to idempotent requests that are no longer replayed; how many. */
  forgetResponses(): Promise<number>
}
