import { isIdentity, validatorOf } from './range-resume.ts'

/** Why no later attempt can go on from the bytes of a response. */
export type NotResumable =
  /** It has neither a strong ETag nor a strong Last-Modified, or its ETag changes while the resource stays. */
  | 'noStrongValidator'
  /** The origin says that it serves no ranges, or answers requests for one with something else. */
  | 'rangesNotSupported'
  /** Its body is in a content coding, whether that is decoded or not. */
  | 'contentEncoded'

/** The validator to resume with, or why there is none. */
export type Resumability = { validator: string; notResumable: null } | { validator: null; notResumable: NotResumable }

/** Whether a later attempt can go on from the bytes of a response with the whole resource. `known`: what other responses have shown. */
export function resumability(
  headers: Readonly<Record<string, string>>,
  known: { isTagUnstable: boolean; areRangesUnusable: boolean },
): Resumability {
  // A server that sends a coding that was not asked for may give the bytes without it the same tag.
  if (!isIdentity(headers['content-encoding'])) return { validator: null, notResumable: 'contentEncoded' }
  const validator = known.isTagUnstable ? null : validatorOf(headers)
  if (validator === null) return { validator, notResumable: 'noStrongValidator' }
  const isRefused = headers['accept-ranges']?.trim().toLowerCase() === 'none'
  if (known.areRangesUnusable || isRefused) return { validator: null, notResumable: 'rangesNotSupported' }
  return { validator, notResumable: null }
}
