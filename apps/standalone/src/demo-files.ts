const KiB = 1024
const MiB = 1024 * KiB

/** A file of the demo's origin, with the difficulties of downloading it. */
export interface DemoFile {
  name: string
  /** Null: the origin does not have it. */
  bytes: number | null
  /** The origin's rate for this file; absent: as fast as possible. */
  bytesPerSecond?: number
  /** Sent without a Content-Length. */
  noLength?: true
  /** Requested by another path, which redirects. */
  moved?: true
  /** The client states the expected SHA-256 in the task. */
  expectSha256?: true
  /** The first connection is cut after this many bytes. Then the origin is busy (503) until the attempt has failed. */
  cutAfterBytes?: number
}

export const demoFiles: readonly DemoFile[] = [
  { name: 'small.json', bytes: 10 * KiB },
  { name: 'large.bin', bytes: 24 * MiB, bytesPerSecond: 4 * MiB },
  { name: 'stream.log', bytes: 6 * MiB, bytesPerSecond: 2 * MiB, noLength: true },
  { name: 'moved.csv', bytes: 256 * KiB, moved: true },
  { name: 'signed.tar', bytes: 8 * MiB, bytesPerSecond: 4 * MiB, expectSha256: true },
  { name: 'flaky.iso', bytes: 12 * MiB, bytesPerSecond: 5 * MiB, cutAfterBytes: 8 * MiB },
  { name: 'missing.zip', bytes: null },
]
