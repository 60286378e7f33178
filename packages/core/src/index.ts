// The only door: what the apps may use of the core.

export { authenticate, requireScope } from './app/authenticate.ts'
export { cancelProducingResumeData } from './app/cancel-task.ts'
export { changeFile } from './app/change-file.ts'
export { changeTask } from './app/change-task.ts'
export { changeTenant } from './app/change-tenant.ts'
export { completeWake } from './app/complete-wake.ts'
export { createApiKey } from './app/create-api-key.ts'
export { createEndpoint } from './app/create-endpoint.ts'
export { createTasks } from './app/create-tasks.ts'
export { createTenant } from './app/create-tenant.ts'
export { deleteEndpoint } from './app/delete-endpoint.ts'
export { deliverLane } from './app/deliver.ts'
export { dispatch } from './app/dispatch.ts'
export { enterForeground } from './app/enter-foreground.ts'
export { createEventStreams, type EventStreams, maxStreamsPerTenant } from './app/event-streams.ts'
export { extendWake } from './app/extend-wake.ts'
export { type Answer, isReplay, type Once, type Replay } from './app/idempotency.ts'
export { type InterruptVerb, interruptTask } from './app/interrupt-task.ts'
export { invalidateSession } from './app/invalidate-session.ts'
export { linkFile } from './app/link-file.ts'
export { moveFile } from './app/move-file.ts'
export type { GivenTask } from './app/plan-task.ts'
export { type Announcer, type Log, type Mint, type ObjectStore, type Sealer, StorageUnavailable } from './app/ports.ts'
export { type GivenConfiguration, type PutSession, putSession } from './app/put-session.ts'
export { retryTask } from './app/retry-task.ts'
export { runTransfer } from './app/run-transfer.ts'
export { type GivenSimulation, simulateWakes } from './app/simulate-wakes.ts'
export {
  type ApiKey,
  type Delivery,
  type DeliveryAttempt,
  type Endpoint,
  type Page,
  type Principal,
  type Scope,
  type Store,
  scopes,
  type Tenant,
} from './app/stores.ts'
export { waitForTask } from './app/wait-for-task.ts'
export type { Cidr } from './domain/address.ts'
export { contentDisposition } from './domain/content-disposition.ts'
export { decisionKinds, decisionTimeoutLimits, dispositions } from './domain/decision.ts'
export { AppError, type Fault, type ProblemCode, problems } from './domain/errors.ts'
export { type Envelope, type EventType, eventTypes } from './domain/event.ts'
export { hostStates } from './domain/host-health.ts'
export { hostName } from './domain/host-name.ts'
export { hostView } from './domain/host-view.ts'
export { canonicalJson } from './domain/idempotency.ts'
export { limiterView } from './domain/limiter-view.ts'
export { weekdays } from './domain/preferred-hours.ts'
export { foregroundTtl } from './domain/presence.ts'
export { rateLimitFields } from './domain/rate-limit.ts'
export { resumeDataHours, resumeDataUnavailableReasons } from './domain/resume-data.ts'
export { defaultConfiguration, maskValues, type Session, sessionStates, type Wake } from './domain/session.ts'
export { publicTaskStates, type Task } from './domain/task.ts'
export { taskLimits } from './domain/task-limits.ts'
export { fileView, taskView } from './domain/task-view.ts'
export { timelineKinds } from './domain/timeline-entry.ts'
export { waitingReasons } from './domain/waiting-facts.ts'
export { wakeMaximumSeconds } from './domain/wake.ts'
export { type Config, readConfig } from './infra/config.ts'
export { DatabaseUnavailable } from './infra/database-fault.ts'
export { createLogger, type Logger } from './infra/log.ts'
export { type HostProcess, runProcess, type Stop } from './infra/run-process.ts'
export { openRuntime, type Runtime } from './infra/runtime.ts'
