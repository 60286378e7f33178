import type { Task } from '@backhaul/sdk'
import { oneLine } from './plain-text.ts'

/** The statuses with which storage refuses a link that has expired. */
const refusals = [400, 401, 403, 404, 410]

/** How a task ended without a file, and what can be done. */
export function endSentence(task: Pick<Task, 'id' | 'state' | 'error' | 'response' | 'originalRequest'>): string {
  const { id, state, error, originalRequest } = task
  const url = oneLine(originalRequest.url)
  if (state === 'canceled') return `${url} was canceled: \`backhaul retry ${id}\` begins it again.`
  if (error === null) return `${url} has failed: \`backhaul show ${id}\` has the details.`
  const detail = oneLine(error.detail).replace(/\.$/, '')
  return `${url} has failed: ${detail}. ${helpFor(task)}`
}

function helpFor({ id, error, response }: Pick<Task, 'id' | 'error' | 'response'>): string {
  const status = response?.status ?? Number(/\b(4\d\d)\b/.exec(error?.detail ?? '')?.[1] ?? 0)
  const isRefused =
    ['userAuthenticationRequired', 'noPermissionsToReadFile', 'fileDoesNotExist', 'badServerResponse'].includes(
      error?.name ?? '',
    ) && refusals.includes(status)
  if (isRefused) return `If the link has expired, \`backhaul retry ${id} <new URL>\` goes on with another one.`
  switch (error?.name) {
    case 'checksum_mismatch':
    case 'length_mismatch':
    case 'mime_type_mismatch':
      return 'The file at the origin is another one than you expected: compare what you gave with what its owner says.'
    case 'destination_denied':
      return 'The service may not go there: use a public address, or ask its operator (EGRESS_ALLOW_CIDRS).'
    case 'dataLengthExceedsMaximum':
      return 'Allow more, or take another file.'
    default:
      return `\`backhaul retry ${id}\` tries it again, \`backhaul show ${id} --timeline\` tells what happened.`
  }
}
