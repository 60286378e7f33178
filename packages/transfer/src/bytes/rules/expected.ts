/** The client's conditions on the file. Every given member is checked. */
export interface Expected {
  bytes?: number
  /** Hex. */
  sha256?: string
  /** Hex. */
  md5?: string
  /** Base64 of four big-endian bytes (as S3 writes it) or eight hex digits. */
  crc32?: string
  mimeTypes?: string[]
}

/** `crc32` is base64 of the big-endian value, as S3 writes it; `sha256` and `md5` are hex. */
export interface Checksums {
  crc32: string
  sha256?: string
  md5?: string
}
