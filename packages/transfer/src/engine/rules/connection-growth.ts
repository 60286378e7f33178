/** How many connections a transfer uses, decided anew with every measurement. */
export interface Growth {
  connections: number
  /** Bytes a second with one connection fewer; null: there was none. */
  before: number | null
  /** One more did not help, or the origin would not have it. */
  settled: boolean
}

/**
 * By the attempt. More than six is what download managers are blocked for. Who was interrupted will be again,
 * and each time what is on its way is lost: less and less is.
 */
const connectionsByAttempt = [6, 3, 2] as const
/** So many parts for each, times the attempt, or crashes would cost a good part of the file. */
const partsPerConnection = 12
/** So many parts, and another one on its way costs a crash next to nothing. */
const partsToOverlap = 24
/** A further connection must bring so much more, or the last one was one too many. */
const worthIt = 1.1

export const startGrowth: Growth = { connections: 1, before: null, settled: false }

export interface Measurement {
  /** With the connections there are. */
  bytesPerSecond: number
  /** To the end of the file, at this rate. */
  remainingSeconds: number
}

/** What the file and its profile allow at most. */
export interface DownloadProfile {
  /** Of the whole file. */
  parts: number
  /** 1 when nobody has interrupted the download. */
  attempt: number
}

export function mostConnections({ parts, attempt }: DownloadProfile): number {
  const most = connectionsByAttempt[attempt - 1] ?? connectionsByAttempt.at(-1)!
  return Math.max(1, Math.min(most, Math.ceil(parts / (partsPerConnection * attempt))))
}

/**
 * Whether a connection goes on with the next part while storage confirms the one before, rather than resting, when there are
 * so many: as long as that leaves no more parts on their way than there may be connections. `isOnly`: there will be no other.
 */
export function mayOverlapParts(profile: DownloadProfile, connections: number, isOnly: boolean): boolean {
  const { parts, attempt } = profile
  return isOnly || (attempt === 1 && parts >= partsToOverlap) || 2 * connections <= mostConnections(profile)
}

/** Whether to add a connection. What ends in a moment is left alone. */
export function grow(growth: Growth, measured: Measurement, most: number): { add: boolean; growth: Growth } {
  const { connections, before, settled } = growth
  const { bytesPerSecond, remainingSeconds } = measured
  const helped = before === null || bytesPerSecond >= before * worthIt
  if (settled || !helped) return { add: false, growth: { ...growth, settled: true } }
  if (connections >= most || remainingSeconds < 1) return { add: false, growth }
  return { add: true, growth: { connections: connections + 1, before: bytesPerSecond, settled: false } }
}
