/** The pure part: policies, checks and the types of what is stored, without anything that does I/O. */

export type { Checksums, Expected } from './bytes/rules/expected.ts'
export {
  type Cidr,
  classifyAddress,
  isWithin,
  parseCidr,
  parseCidrs,
  plainAddress,
} from './egress/rules/address-class.ts'
export { parseAllowedHosts } from './egress/rules/allowed-hosts.ts'
export type { EgressPolicy } from './egress/rules/egress-policy.ts'
export { hostName } from './egress/rules/host-name.ts'
export { parseIp } from './egress/rules/ip.ts'
export { isOwnPlace, type OwnPlace } from './egress/rules/own-addresses.ts'
export { parsePorts } from './egress/rules/port-policy.ts'
export { checkHeaders, escapePointer, withoutConditions } from './egress/rules/request-headers.ts'
export { type CheckedUrl, checkUrl, refusalText, type UrlRefusal } from './egress/rules/url-policy.ts'
export { contentDisposition } from './http/rules/content-disposition.ts'
export { type ResponseNote, responseNoteCodes } from './http/rules/response-note.ts'
export { parseRetryAfter } from './http/rules/retry-after.ts'
export type { TaskResponse, Transaction } from './http/rules/transaction.ts'
export { TransferError, type TransferErrorName } from './http/rules/transfer-error.ts'
export { type AttemptFacts, AttemptFailure } from './source/rules/attempt-failure.ts'
export type { Challenge } from './source/rules/authentication-challenge.ts'
export { codingToServe } from './source/rules/content-coding.ts'
export { type SavedPart, strongValidator } from './source/rules/range-resume.ts'
export type { NotResumable } from './source/rules/resumability.ts'
export { parseCrc32 } from './storage/rules/crc.ts'
export { isObjectKey, objectKeyRule } from './storage/rules/object-key.ts'
