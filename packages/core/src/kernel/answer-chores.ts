export interface AnswerChores {
  /** Removes answers to idempotent requests that are no longer replayed; how many. */
  forgetAnswers(): Promise<number>
}
