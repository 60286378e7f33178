import type { TransferErrorName } from '../../http/rules/transfer-error.ts'

/** Apple's name for an HTTP error status (the mapping its own loaders use). */
export function statusFailure(status: number): TransferErrorName {
  if (status === 401 || status === 407) return 'userAuthenticationRequired'
  if (status === 403) return 'noPermissionsToReadFile'
  if (status === 404 || status === 410) return 'fileDoesNotExist'
  return 'badServerResponse'
}
