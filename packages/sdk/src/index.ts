export { Backhaul } from './backhaul.ts'
export type { ClientOptions } from './client-options.ts'
export {
  AuthenticationError,
  BackhaulError,
  ConflictError,
  ConnectionError,
  type ErrorCode,
  InvalidRequestError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServiceError,
} from './errors.ts'
export type { FollowOptions } from './events/follow.ts'
export type { ReadOptions } from './files/read-file.ts'
export type { SavedFile, SaveOptions } from './files/save-file.ts'
export type * from './generated/types.ts'
export type { List } from './list.ts'
export type { RequestOptions } from './request-options.ts'
export { BatchError, type CreatedTasks, type CreateManyOptions } from './resources/create-many.ts'
export type { ConnectedMessage } from './resources/endpoints.ts'
export type { StreamedEvent, StreamOptions } from './resources/events.ts'
export type { EndedTask, WaitOptions } from './resources/tasks.ts'
export * as webhooks from './webhooks/index.ts'
