import type { Output } from './output.ts'
import { progressLines, type Transfer, totalLine } from './rules/progress.ts'
import { rateOf, type Sample, withSample } from './rules/rate.ts'
import type { Terminal } from './terminal.ts'

/** How far the files are: lines that change on a terminal, one line now and then elsewhere. */
export interface ProgressDisplay {
  /** `bytesPerSecond` is measured unless it is given. */
  update(id: string, transfer: Omit<Transfer, 'bytesPerSecond'> & { bytesPerSecond?: number | null }): void
  remove(id: string): void
  end(): void
}

interface DisplayOptions {
  /** Between two lines where there is no terminal, in milliseconds. */
  everyMs?: number
  /** The first line, instead of the total of the files. */
  title?(): string
}

const redrawMs = 200
const lineMs = 5_000

export function openProgressDisplay(
  terminal: Terminal,
  output: Output,
  { everyMs = lineMs, title }: DisplayOptions = {},
): ProgressDisplay {
  const transfers = new Map<string, Transfer>()
  const samples = new Map<string, Sample[]>()
  const isLive = terminal.stderrSize() !== null && terminal.env.TERM !== 'dumb'
  let drawn = 0
  const isEmpty = () => transfers.size === 0 && title === undefined
  const hide = () => {
    // Up to the first of the lines, and all below it away.
    if (drawn > 0) terminal.stderr(`\u001b[${drawn}A\u001b[0J`)
    drawn = 0
  }
  const show = () => {
    const { columns, rows } = terminal.stderrSize() ?? { columns: 80, rows: 24 }
    // Some terminals begin a new line behind a full one.
    const lines = progressLines([...transfers.values()], columns - 1, rows, title?.())
    terminal.stderr(lines.map((line) => `${line}\n`).join(''))
    drawn = lines.length
  }
  const redraw = () => {
    if (isEmpty()) return
    hide()
    show()
  }
  const tell = () => {
    if (!isEmpty()) output.note(title?.() ?? totalLine([...transfers.values()]))
  }
  const timer = output.quiet ? undefined : setInterval(isLive ? redraw : tell, isLive ? redrawMs : everyMs)
  if (isLive && !output.quiet) output.over({ hide, show: () => isEmpty() || show() })

  const measured = (id: string, phase: Transfer['phase'], bytes: number): number | null => {
    const key = `${id} ${phase}`
    const list = withSample(samples.get(key) ?? [], { atMs: performance.now(), bytes })
    samples.set(key, list)
    return rateOf(list)
  }
  return {
    update(id, transfer) {
      const bytesPerSecond = transfer.bytesPerSecond ?? measured(id, transfer.phase, transfer.received)
      transfers.set(id, { ...transfer, bytesPerSecond })
    },
    remove(id) {
      transfers.delete(id)
      for (const key of samples.keys()) if (key.startsWith(`${id} `)) samples.delete(key)
    },
    end() {
      clearInterval(timer)
      hide()
      output.over(null)
    },
  }
}
