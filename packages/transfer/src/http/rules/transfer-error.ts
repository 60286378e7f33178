/** Why a transfer can fail at the other side: Apple's names (NSURLError.h) where they fit, our own in snake_case. */
export type TransferErrorName =
  | 'cancelled'
  | 'timedOut'
  | 'unsupportedURL'
  | 'cannotFindHost'
  | 'cannotConnectToHost'
  | 'networkConnectionLost'
  | 'dnsLookupFailed'
  | 'httpTooManyRedirects'
  /** A redirect without a usable Location. */
  | 'redirectToNonExistentLocation'
  /** An error status that has no name of its own. */
  | 'badServerResponse'
  | 'userAuthenticationRequired'
  /** The body is not in the content coding that was to be decoded, or a coding is not known. */
  | 'cannotDecodeContentData'
  /** A response that is not HTTP, or is ambiguous. */
  | 'cannotParseResponse'
  | 'fileDoesNotExist'
  | 'noPermissionsToReadFile'
  | 'dataLengthExceedsMaximum'
  | 'secureConnectionFailed'
  | 'serverCertificateHasBadDate'
  | 'serverCertificateUntrusted'
  | 'serverCertificateHasUnknownRoot'
  | 'serverCertificateNotYetValid'
  /** The host wants a certificate of the client. */
  | 'clientCertificateRequired'
  /** An address, name or hop the egress guard refuses. The detail never names the address. */
  | 'destination_denied'
  /** The bytes are not those the client or the origin declared. */
  | 'checksum_mismatch'
  | 'length_mismatch'
  | 'mime_type_mismatch'

/** A failure at the other side. Anything else that is thrown is a failure of our own. */
export class TransferError extends Error {
  override readonly name: string = 'TransferError'
  readonly failure: TransferErrorName
  /** The origin's status, when it answered. */
  readonly status: number | undefined
  /** Seconds the origin asked us to wait (Retry-After), as it said it. 0: it is to be asked again, and does not say when. */
  readonly retryAfterSeconds: number | undefined
  constructor(
    failure: TransferErrorName,
    detail: string,
    more: { status?: number | undefined; retryAfterSeconds?: number | undefined; cause?: unknown } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause })
    this.failure = failure
    this.status = more.status
    this.retryAfterSeconds = more.retryAfterSeconds
  }
}
