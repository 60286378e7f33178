import { TransferError, type TransferErrorName } from './rules/transfer-error.ts'

/** Node's and OpenSSL's codes for a certificate that cannot be trusted, and Apple's name for each. */
const certificateFailures: Record<string, TransferErrorName> = {
  CERT_HAS_EXPIRED: 'serverCertificateHasBadDate',
  CERT_NOT_YET_VALID: 'serverCertificateNotYetValid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'serverCertificateHasUnknownRoot',
  SELF_SIGNED_CERT_IN_CHAIN: 'serverCertificateHasUnknownRoot',
  UNABLE_TO_GET_ISSUER_CERT: 'serverCertificateHasUnknownRoot',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'serverCertificateHasUnknownRoot',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'serverCertificateHasUnknownRoot',
  ERR_TLS_CERT_ALTNAME_INVALID: 'serverCertificateUntrusted',
  HOSTNAME_MISMATCH: 'serverCertificateUntrusted',
  CERT_REJECTED: 'serverCertificateUntrusted',
  CERT_REVOKED: 'serverCertificateUntrusted',
  CERT_SIGNATURE_FAILURE: 'serverCertificateUntrusted',
  CERT_UNTRUSTED: 'serverCertificateUntrusted',
  INVALID_CA: 'serverCertificateUntrusted',
  INVALID_PURPOSE: 'serverCertificateUntrusted',
  PATH_LENGTH_EXCEEDED: 'serverCertificateUntrusted',
}

/**
 * OpenSSL's codes for the peer's alerts (RFC 8446 §6.2): ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED and the like. With TLS 1.3 the client
 * believes the handshake to be over when the server refuses it, so an alert may come instead of a response.
 */
const alert = /^ERR_SSL_.*_ALERT_(\w+)$/
/** Alerts about damaged bytes, or trouble at the host: another connection may do. */
const passingAlerts = new Set([
  'BAD_RECORD_MAC',
  'DECRYPTION_FAILED',
  'RECORD_OVERFLOW',
  'UNEXPECTED_MESSAGE',
  'INTERNAL_ERROR',
  'USER_CANCELLED',
])

/** Codes with which the name server said that there is no such name. All others mean that it said nothing. */
const noSuchName = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NONAME', 'EAI_NODATA', 'EBADNAME'])
const lostConnection = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE'])

/*
 * System messages name addresses ("connect ECONNREFUSED 10.0.0.1:80"), so none of these failures carries the message or the
 * error itself: only the code.
 */

/** Resolving the name failed. */
export function lookupError(error: unknown): TransferError {
  const code = systemCode(error)
  return noSuchName.has(code)
    ? new TransferError('cannotFindHost', 'The host name does not exist.')
    : new TransferError('dnsLookupFailed', `The host name could not be resolved${inBrackets(code)}.`)
}

/** The TCP connection failed. */
export function connectError(error: unknown): TransferError {
  const code = systemCode(error)
  if (lostConnection.has(code)) return exchangeError(error)
  if (code === 'ETIMEDOUT') return new TransferError('timedOut', 'The host did not take the connection in time.')
  return new TransferError('cannotConnectToHost', `The host did not take the connection${inBrackets(code)}.`)
}

/** The TLS handshake failed. A connection that breaks during it counts as lost, which is worth repeating. */
export function tlsError(error: unknown): TransferError {
  const code = systemCode(error)
  if (lostConnection.has(code)) return exchangeError(error)
  const refusal = tlsRefusal(code)
  if (refusal) return refusal
  const certificateFailure = certificateFailures[code]
  return certificateFailure === undefined
    ? new TransferError('secureConnectionFailed', `No secure connection could be made${inBrackets(code)}.`)
    : new TransferError(certificateFailure, `The certificate of the host cannot be trusted${inBrackets(code)}.`)
}

/** The connection or the response on it broke. llhttp's codes begin with HPE_. */
export function exchangeError(error: unknown): TransferError {
  if (error instanceof TransferError) return error
  const code = systemCode(error)
  const refusal = tlsRefusal(code)
  if (refusal) return refusal
  return code.startsWith('HPE_')
    ? new TransferError('cannotParseResponse', `The response is not valid HTTP${inBrackets(code)}.`)
    : new TransferError('networkConnectionLost', `The connection was lost${inBrackets(code)}.`)
}

/** The host has refused to speak TLS with us; null: the code says something else. */
function tlsRefusal(code: string): TransferError | null {
  const description = alert.exec(code)?.[1]
  if (description === 'CERTIFICATE_REQUIRED')
    return new TransferError(
      'clientCertificateRequired',
      `The host wants a certificate of the client${inBrackets(code)}.`,
    )
  const isRefusal = description === undefined ? code === 'EPROTO' : !passingAlerts.has(description)
  if (!isRefusal) return null
  const detail = `The host refused the secure connection${inBrackets(code)}: it may want a certificate of the client, or another TLS.`
  return new TransferError('secureConnectionFailed', detail)
}

/** The system's code of an error; empty when it has none. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function inBrackets(code: string): string {
  return code === '' ? '' : ` (${code})`
}
