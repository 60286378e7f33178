/** Digests of a file, and of its parts, as it streams by. */
export interface FileDigests {
  /** Of the bytes behind those whose CRC-32 is `before` (0: none). Can be combined from parts. */
  crc32(bytes: Uint8Array, before: number): number
  /** One that can be combined from parts. */
  checksum(algorithm: 'crc32c' | 'crc64nvme'): Promise<FileHash>
  /** One that must see the whole file in order. */
  hash(algorithm: 'sha256' | 'sha512' | 'md5'): FileHash
}

export interface FileHash {
  update(bytes: Uint8Array): void
  /** Lower case, at full length. Ends the hash: neither `update` nor `hex` may be called again. */
  hex(): string
}
