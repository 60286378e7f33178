/** Runs a bench and closes all that it has opened. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Opening {
  /** A temporary folder for this bench. */
  folder: string
  /** Registers a close function; they run in reverse order. */
  closes(close: () => unknown): void
}

/** Runs a bench. The exit code says whether it met its targets. A signal ends it too, and everything opened is closed. */
export async function runMeasure(name: string, measure: (opening: Opening) => Promise<boolean>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `backhaul-${name}-`))
  const closing: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })]
  const closeInTurn = async () => {
    for (let close = closing.pop(); close; close = closing.pop()) {
      await Promise.resolve()
        .then(close)
        .catch((error: unknown) => console.error(error))
    }
  }
  // A signal ends the measure too, which closes as well: nothing may be closed before what was opened behind it.
  let closed: Promise<void> | null = null
  const closeAll = () => {
    closed ??= closeInTurn()
    return closed
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  const end = () => void closeAll().finally(() => process.exit(1))
  for (const signal of signals) process.once(signal, end)
  try {
    process.exitCode = (await measure({ folder, closes: (close) => void closing.push(close) })) ? 0 : 1
  } finally {
    await closeAll()
    for (const signal of signals) process.off(signal, end)
  }
}
