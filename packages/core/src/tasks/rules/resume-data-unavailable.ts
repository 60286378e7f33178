/** Why a task that has ended has no resume data. */
export const resumeDataUnavailableReasons = [
  /** Not one part has been stored yet. */
  'nothingReceived',
  /**
   * The origin gave neither a strong ETag nor a strong Last-Modified, or an ETag that changes while the file stays. So nothing proves
   * that the file is still the same one.
   */
  'noStrongValidator',
  /** The origin said that it serves no ranges, or answered a request for one with something else. */
  'rangesNotSupported',
  /** The body is in a content coding. */
  'contentEncoded',
  /** Every byte had been received, and the file was being put together. */
  'allBytesReceived',
  /** The received bytes are not what the client wants, however the rest is downloaded. */
  'contentRefused',
  /** It was canceled before without asking for resume data, or its parts have been taken over or have expired. */
  'taskAlreadyEnded',
] as const
export type ResumeDataUnavailableReason = (typeof resumeDataUnavailableReasons)[number]
