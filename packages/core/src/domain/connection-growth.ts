/** How many connections a transfer uses, decided anew with every measurement. */
export interface Growth {
  connections: number
  /** Bytes a second with one connection fewer; null: there was none. */
  before: number | null
  /** One more did not help, or the origin would not have it. */
  settled: boolean
}

/** More than this is what download managers are blocked for. */
export const maxConnectionsPerTransfer = 6
/** So many parts for each, or a crash would cost a good part of the file. */
const partsPerConnection = 6
/** A further connection must bring so much more, or the last one was one too many. */
const worthIt = 1.1

export const startGrowth: Growth = { connections: 1, before: null, settled: false }

export interface Measurement {
  /** With the connections there are. */
  bytesPerSecond: number
  /** To the end of the file, at this rate. */
  remainingSeconds: number
  /** Of the whole file. */
  parts: number
}

/** Whether to add a connection. What ends in a moment is left alone. */
export function grow(growth: Growth, measured: Measurement): { add: boolean; growth: Growth } {
  const { connections, before, settled } = growth
  const { bytesPerSecond, remainingSeconds, parts } = measured
  const helped = before === null || bytesPerSecond >= before * worthIt
  if (settled || !helped) return { add: false, growth: { ...growth, settled: true } }
  const most = Math.min(maxConnectionsPerTransfer, Math.ceil(parts / partsPerConnection))
  if (connections >= most || remainingSeconds < 1) return { add: false, growth }
  return { add: true, growth: { connections: connections + 1, before: bytesPerSecond, settled: false } }
}
