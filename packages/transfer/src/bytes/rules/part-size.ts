const MiB = 1024 * 1024

/** S3's limits on multipart uploads (Amazon S3 User Guide, "Multipart upload limits"). */
export const s3Limits = { minPartBytes: 5 * MiB, maxParts: 10_000, maxObjectBytes: 5 * 1024 * 1024 * MiB }

/** Part sizes where the file's length is not known. They grow with the part's number, so that ten thousand parts reach 5 TiB. */
const unknownLengthSteps = [
  { parts: 1_000, bytes: 8 * MiB },
  { parts: 3_000, bytes: 64 * MiB },
  { parts: 10_000, bytes: 768 * MiB },
] as const

/** The sizes by which files are cut into parts. */
export interface TransferSizes {
  /** As {@link partBytes}. */
  partBytes(total: number | null, number: number): number
  /** The largest file that is written in one put, from memory. Bytes. */
  smallBytes: number
}

/**
 * The size of part `number` (from 1) in bytes; `total` is the file's, null when it is not known. A crash can
 * cost each connection a part, so it is as small as the limits allow and its overhead bears: a sixty-fourth of the file
 * between 5 and 16 MiB, which is enough up to 156 GiB, then a ten-thousandth of it (525 MiB at 5 TiB). Where the length is not
 * known it is 8 MiB up to 7.8 GiB, 64 MiB up to 132 GiB and 768 MiB from there on.
 */
export function partBytes(total: number | null, number: number): number {
  if (total !== null) {
    const fair = Math.min(Math.max(Math.ceil(total / 64), s3Limits.minPartBytes), 16 * MiB)
    return Math.max(fair, Math.ceil(total / s3Limits.maxParts))
  }
  const step = unknownLengthSteps.find(({ parts }) => number <= parts)
  return (step ?? unknownLengthSteps[2]).bytes
}

export const defaultSizes: TransferSizes = { partBytes, smallBytes: s3Limits.minPartBytes }
