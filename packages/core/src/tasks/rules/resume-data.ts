import type { NotResumable, SavedPart } from '@backhaul/transfer/rules'
import { strongValidator } from '@backhaul/transfer/rules'
import { isSigned, type TextSigner } from '../../kernel/rules/text-signer.ts'
import type { ResumeDataUnavailableReason } from './resume-data-unavailable.ts'
import type { TaskState } from './task.ts'
import type { TaskErrorName } from './task-error.ts'

/** How long the parts of a failed or canceled task are kept for a task that resumes it. */
export const resumeDataHours = 72

/** The subject of resume data: the parts of an ended task, and until when they are kept. */
export interface KeptTransfer {
  taskId: string
  generation: number
  until: Date
}

/**
 * More, or less, than the client wants: no byte of it is of use. A refused request says nothing against the parts, nor does a
 * page of another type (a login, where a signed link has expired). After a wrong digest the client may have been wrong, and
 * takes the parts over with another `expected`, or the origin is, and has another ETag when it is right again.
 */
const contentErrors: readonly TaskErrorName[] = ['length_mismatch', 'dataLengthExceedsMaximum']

/** Why another task cannot take the parts over; null when it can. */
export function whyNotResumable(task: {
  /** Why it fails; null: it is canceled. */
  errorName: TaskErrorName | null
  state: TaskState
  transfer: { validator: string | null; notResumable?: NotResumable; sealed: unknown } | null
  parts: readonly Pick<SavedPart, 'number'>[]
  /** The response's tag as the origin sent it. */
  etag: string | null
}): Exclude<ResumeDataUnavailableReason, 'taskAlreadyEnded'> | null {
  if (task.errorName !== null && contentErrors.includes(task.errorName)) return 'contentRefused'
  if (task.state === 'completing' || task.transfer?.sealed) return 'allBytesReceived'
  if (task.transfer !== null && task.transfer.validator === null)
    return task.transfer.notResumable ?? reasonBefore(task.etag)
  return task.transfer === null || task.parts.length === 0 ? 'nothingReceived' : null
}

/** Of a transfer that 0.1.0 has begun, or a worker of that version during an upgrade: it wrote down no reason. */
function reasonBefore(etag: string | null): NotResumable {
  return strongValidator(etag ?? undefined) === null ? 'noStrongValidator' : 'rangesNotSupported'
}

const purpose = 'resumeData'

/** Resume data as a token: the ids it names, signed for this tenant. The same token however often one key signs it. */
export function writeResumeData(signer: TextSigner, tenantId: string, kept: KeptTransfer): string {
  const payload = Buffer.from(JSON.stringify([kept.taskId, kept.generation, kept.until.getTime()])).toString(
    'base64url',
  )
  return `${payload}.${signer.sign(purpose, `${tenantId} ${payload}`)}`
}

/**
 * The ids in a token; null when this service did not write it, or for another tenant. Whether its parts are still kept,
 * the store knows.
 */
export function readResumeData(signer: TextSigner, tenantId: string, token: string): KeptTransfer | null {
  const [payload = '', given = '', ...rest] = token.split('.')
  if (rest.length > 0 || !isSigned(signer, purpose, `${tenantId} ${payload}`, given)) return null
  const [taskId, generation, untilMs] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
    string,
    number,
    number,
  ]
  return { taskId, generation, until: new Date(untilMs) }
}
