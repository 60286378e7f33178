import type { TSchema } from 'typebox'
import * as admin from './admin.ts'
import * as apiKey from './api-key.ts'
import * as associatedSession from './associated-session.ts'
import * as audit from './audit.ts'
import * as decision from './decision.ts'
import * as delivery from './delivery.ts'
import * as endpoint from './endpoint.ts'
import * as event from './event.ts'
import * as fairness from './fairness.ts'
import * as health from './health.ts'
import * as host from './host.ts'
import * as limiter from './limiter.ts'
import * as limits from './limits.ts'
import * as listen from './listen.ts'
import * as liveEvent from './live-event.ts'
import * as preferredHours from './preferred-hours.ts'
import * as problem from './problem.ts'
import * as queue from './queue.ts'
import * as receipt from './receipt.ts'
import * as recovery from './recovery.ts'
import * as session from './session.ts'
import * as signIn from './sign-in.ts'
import * as stats from './stats.ts'
import * as task from './task.ts'
import * as taskInput from './task-input.ts'
import * as taskVerbs from './task-verbs.ts'
import * as timeline from './timeline.ts'
import * as usage from './usage.ts'
import * as verification from './verification.ts'
import * as wake from './wake.ts'
import * as worker from './worker.ts'

const modules = [
  problem,
  health,
  preferredHours,
  apiKey,
  signIn,
  admin,
  audit,
  wake,
  limiter,
  limits,
  host,
  session,
  associatedSession,
  task,
  taskInput,
  taskVerbs,
  receipt,
  decision,
  timeline,
  event,
  liveEvent,
  endpoint,
  delivery,
  listen,
  verification,
  recovery,
  usage,
  stats,
  worker,
  queue,
  fairness,
]

/** Every named component, once. */
export const components: TSchema[] = [
  ...modules.flatMap((module) => Object.values<unknown>(module).filter(isNamed)),
  ...Object.values(event.eventSchemas),
]

function isNamed(value: unknown): value is TSchema {
  return typeof value === 'object' && value !== null && '$id' in value
}
