export { byType, type HandlersByType } from './by-type.ts'
export { type HandledEvent, isChallenge, repeatChallenge } from './challenge.ts'
export {
  asksForDecision,
  cancel,
  continueLoading,
  type Decision,
  type Decisions,
  type UsableCredential,
  useCredential,
  useNewRequest,
} from './decisions.ts'
export type * from './events.generated.ts'
export type { RawBody } from './raw-body.ts'
export type { Delivery, EventHandler, ReceiverOptions } from './receive.ts'
export type { Secrets } from './secrets.ts'
export type { GivenHeaders } from './signed-headers.ts'
export { type UnwrapOptions, unwrap } from './unwrap.ts'
export { type VerificationErrorCode, verificationErrors, WebhookVerificationError } from './verification-error.ts'
