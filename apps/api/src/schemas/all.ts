import type { TSchema } from 'typebox'
import * as admin from './admin.ts'
import * as delivery from './delivery.ts'
import * as endpoint from './endpoint.ts'
import * as event from './event.ts'
import * as health from './health.ts'
import * as limiter from './limiter.ts'
import * as liveEvent from './live-event.ts'
import * as problem from './problem.ts'
import * as session from './session.ts'
import * as task from './task.ts'
import * as taskInput from './task-input.ts'
import * as wake from './wake.ts'

const modules = [problem, health, admin, wake, limiter, session, task, taskInput, event, liveEvent, endpoint, delivery]

/** Every named component, once. */
export const components: TSchema[] = [
  ...modules.flatMap((module) => Object.values<unknown>(module).filter(isNamed)),
  ...Object.values(event.eventSchemas),
]

function isNamed(value: unknown): value is TSchema {
  return typeof value === 'object' && value !== null && '$id' in value
}
