export interface Page<T> {
  data: T[]
  nextCursor: string | null
}
export interface PageQuery {
  limit: number
  /** As a page gave it; a garbled one is an AppError invalid_request. */
  cursor?: string | undefined
}
