/** How a measure opens what it needs, and leaves nothing behind. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Opening {
  /** A temporary folder of its own. */
  folder: string
  /** What closes the thing that was just opened; run backwards. */
  closes(close: () => unknown): void
}

/** Runs a measure; the exit code says whether it reached what it is to reach. A signal ends it too, and closes what it has opened. */
export async function runMeasure(name: string, measure: (opening: Opening) => Promise<boolean>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `backhaul-${name}-`))
  const closing: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })]
  const closeAll = async () => {
    for (let close = closing.pop(); close; close = closing.pop()) {
      await Promise.resolve()
        .then(close)
        .catch((error: unknown) => console.error(error))
    }
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
