export interface ChunkedLimits {
  maxChunkBytes: number
  /** Digits of a chunk's size, leading zeros included. */
  maxSizeDigits: number
  /** Bytes of the extensions of one chunk, from the first semicolon (or the blank before it) to before the CR. */
  maxExtensionBytes: number
  /** Bytes of the extensions of all chunks. */
  maxExtensionBytesInAll: number
  /** Bytes of sizes, extensions and line ends: a fixed number, and some for each byte of the body. A body must not be mere framing. */
  maxOverheadBytes: number
  maxOverheadPerBodyByte: number
  /** Bytes of all trailer fields with their line ends. */
  maxTrailerBytes: number
}

export const chunkedLimits: Readonly<ChunkedLimits> = {
  maxChunkBytes: 2 ** 40,
  maxSizeDigits: 16,
  maxExtensionBytes: 256,
  maxExtensionBytesInAll: 16 * 1024,
  maxOverheadBytes: 64 * 1024,
  maxOverheadPerBodyByte: 16,
  maxTrailerBytes: 16 * 1024,
}
