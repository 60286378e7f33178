import type { EgressPolicy, Expected } from '@backhaul/transfer/rules'
import { checkHeaders, checkUrl, objectKeyRule, parseCrc32 } from '@backhaul/transfer/rules'
import { clientFileKey } from '../files/rules/client-file-key.ts'
import type { Mint } from '../kernel/ids.ts'
import type { RequestError } from '../kernel/rules/errors.ts'
import type { KeptTransfer } from './rules/resume-data.ts'
import type { Task } from './rules/task.ts'
import { taskLimits } from './rules/task-limits.ts'
import { settingsOf, type TaskSettings } from './rules/task-settings.ts'
import type { NewTask } from './task-store.ts'

export interface PlanTaskPorts {
  mint: Pick<Mint, 'id'>
  egress: EgressPolicy
  nowMs(): number
}

type Given<T> = { [Field in keyof T]?: T[Field] | undefined }

/** Settings that a client may also take away. */
type Nullable = 'maximumBytesPerSecond'

/** A task as a client gives it, its shape already checked. Sizes are bytes, the date is RFC 3339. */
export type GivenTask = Given<
  { [Setting in Exclude<keyof TaskSettings, 'expected' | Nullable>]: NonNullable<TaskSettings[Setting]> } & {
    [Setting in Nullable]: TaskSettings[Setting]
  } & {
    url: string
    request: { url: string; headers?: Record<string, string> | undefined }
    earliestBeginDate: string
    isDiscretionary: boolean
    suspended: boolean
    expected: Given<Expected>
    resumeData: string
  }
>

/** An ended task and the parts of it that resume data names. */
export interface ResumedTask {
  task: Task
  kept: KeptTransfer
}

const dayMs = 86_400_000

/**
 * The task to be created, or all of its errors, each pointing below `pointer`. `resumed` is the subject of its resume
 * data; null when the tenant has no such task.
 */
export function planTask(
  { mint, egress, nowMs }: PlanTaskPorts,
  given: GivenTask,
  pointer: string,
  { tenantId, resumed }: { tenantId: string; resumed: ResumedTask | null },
): { task: NewTask | null; errors: RequestError[] } {
  const { url, headers, host, errors: requestErrors } = checkRequest(given, resumed, egress)
  const { date, errors: dateErrors } = checkDate(given.earliestBeginDate, nowMs())
  const own = [
    ...requestErrors,
    ...dateErrors,
    ...checkMetadata(given.metadata),
    ...checkExpected(given.expected),
    ...checkDestination(given.destinationKey, tenantId),
  ]
  const errors = own.map((error): RequestError => ({ ...error, pointer: pointer + error.pointer }))
  if (errors.length > 0) return { task: null, errors }
  const task: NewTask = {
    id: mint.id('tsk'),
    request: { url, headers },
    host,
    earliestBeginDate: date,
    ...settingsOf({
      ...given,
      maximumBytes: given.maximumBytes ?? resumed?.task.maximumBytes,
      maximumBytesPerSecond:
        given.maximumBytesPerSecond === undefined ? resumed?.task.maximumBytesPerSecond : given.maximumBytesPerSecond,
      expected: normalise(given.expected) ?? resumed?.task.expected,
    }),
    isDiscretionary: given.isDiscretionary ?? null,
    suspended: given.suspended ?? false,
    resumes: resumed?.kept ?? null,
  }
  return { task, errors: [] }
}

function checkRequest(given: GivenTask, resumed: ResumedTask | null, egress: EgressPolicy) {
  const nothing = { url: '', headers: {}, host: '' }
  if ([given.url, given.request, given.resumeData].filter((way) => way !== undefined).length !== 1) {
    const detail = 'Give exactly one of url, request and resumeData.'
    const fix =
      'A URL is enough: {"url": "https://…"}. With headers it is {"request": {"url": "https://…", "headers": {…}}}.'
    return { ...nothing, errors: [{ pointer: '', code: 'oneOf', detail, fix }] }
  }
  if (given.resumeData !== undefined) return { ...nothing, ...checkResumed(resumed, egress) }
  const raw = given.request?.url ?? given.url ?? ''
  const headers = given.request?.headers ?? {}
  const errors = checkHeaders(headers).map((error) => ({ ...error, pointer: `/request/headers${error.pointer}` }))
  const checked = checkUrl(raw, egress)
  if (!('code' in checked)) return { ...checked, headers, errors }
  return { ...nothing, errors: [{ pointer: given.request ? '/request/url' : '/url', ...checked }, ...errors] }
}

/** The request was checked when it came, but the operator may have closed an address range since. */
function checkResumed(resumed: ResumedTask | null, egress: EgressPolicy) {
  const pointer = '/resumeData'
  if (resumed === null) {
    const detail = 'The resume data is not ours: it was altered, or made for somebody else or by another service.'
    return { errors: [{ pointer, code: 'invalid_resume_data', detail }] }
  }
  const { url, headers } = resumed.task.request
  const checked = checkUrl(url, egress)
  return 'code' in checked ? { errors: [{ pointer, ...checked }] } : { ...checked, headers, errors: [] }
}

const dateFix = `Give a time between now and ${taskLimits.beginAheadDays} days from now, or none: the task then begins as soon as it can.`

/** A date in the past is as good as none: the promise is "not before". */
function checkDate(text: string | undefined, nowMs: number): { date: Date | null; errors: RequestError[] } {
  if (text === undefined) return { date: null, errors: [] }
  const date = new Date(text)
  const error = (code: string, detail: string) => ({
    date: null,
    errors: [{ pointer: '/earliestBeginDate', code, detail, fix: dateFix }],
  })
  // A leap second is a valid RFC 3339 time, but not one that JavaScript or PostgreSQL can hold.
  if (Number.isNaN(date.getTime())) return error('date-time', 'The time cannot be represented.')
  if (date.getTime() < 0) return error('minimum', 'The time lies before 1970.')
  if (date.getTime() > nowMs + taskLimits.beginAheadDays * dayMs) {
    return error('maximum', `The time is more than ${taskLimits.beginAheadDays} days away.`)
  }
  return { date, errors: [] }
}

function checkDestination(key: string | undefined, tenantId: string): RequestError[] {
  if (key === undefined || clientFileKey(tenantId, key) !== null) return []
  const fix = 'Give a relative path such as "backups/data.tar.gz".'
  return [{ pointer: '/destinationKey', code: 'format', detail: objectKeyRule, fix }]
}

export function checkMetadata(metadata: Record<string, string> | undefined): RequestError[] {
  const bytes = Buffer.byteLength(JSON.stringify(metadata ?? {}))
  if (bytes <= taskLimits.metadataBytes) return []
  const detail = `The metadata is ${bytes} bytes long as JSON; ${taskLimits.metadataBytes} are allowed.`
  const fix = 'Keep what is long elsewhere, and put its key here.'
  return [{ pointer: '/metadata', code: 'maxBytes', detail, fix }]
}

function checkExpected(expected: Given<Expected> | undefined): RequestError[] {
  if (expected?.crc32 === undefined || parseCrc32(expected.crc32) !== null) return []
  const detail = 'The CRC-32 is neither base64 of four bytes nor eight hexadecimal digits.'
  const fix = 'Hexadecimal: "cbf43926"; base64: "y/Q5Jg==".'
  return [{ pointer: '/expected/crc32', code: 'format', detail, fix }]
}

/** Digests in lower-case hex, as they are compared and shown. */
function normalise(given: Given<Expected> | undefined): Expected | null {
  if (given === undefined) return null
  const { bytes, sha256, md5, crc32, mimeTypes } = given
  return {
    ...(bytes === undefined ? {} : { bytes }),
    ...(sha256 === undefined ? {} : { sha256: sha256.toLowerCase() }),
    ...(md5 === undefined ? {} : { md5: md5.toLowerCase() }),
    ...(crc32 === undefined ? {} : { crc32 }),
    ...(mimeTypes === undefined ? {} : { mimeTypes }),
  }
}
