import { MultiBar, type SingleBar } from 'cli-progress'
import pc from 'picocolors'
import { type DemoTask, hasEnded } from './demo-client.ts'
import { cross, describe, tick } from './demo-words.ts'

/** Shows the tasks as they are now; called again and again. */
export interface ProgressDisplay {
  show(tasks: readonly DemoTask[]): void
  /** Restores the terminal. May be called repeatedly. */
  close(): void
}

/** A bar per task on a terminal. */
export function progressBars(stream: NodeJS.WritableStream): ProgressDisplay {
  const multibar = new MultiBar({
    stream,
    format: '  {name} {bar} {mark} {what}',
    barsize: 22,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    // The demo handles signals itself.
    gracefulExit: false,
  })
  const bars = new Map<string, SingleBar>()
  let open = true
  return {
    show(tasks) {
      for (const task of tasks) {
        const { word, detail } = describe(task)
        const { countOfBytesReceived: received, countOfBytesExpectedToReceive: expected } = task.progress
        // The service writes the count about once a second and shows 0 in between; a bar never goes back.
        if (task.state === 'running' && received === 0 && bars.has(task.id)) continue
        const mark = hasEnded(task) ? (task.state === 'completed' ? tick : cross) : ' '
        const what = task.state === 'running' || task.state === 'completed' ? detail : `${word}  ${pc.dim(detail)}`
        // Without a known length the bar stays empty until the file is complete.
        const [value, total] = task.state === 'completed' ? [1, 1] : expected ? [received, expected] : [0, 1]
        const payload = { name: (task.taskDescription ?? task.id).padEnd(11), mark, what }
        const bar = bars.get(task.id) ?? multibar.create(total, value, payload)
        bars.set(task.id, bar)
        bar.setTotal(total)
        bar.update(value, payload)
      }
    },
    close() {
      if (open && bars.size > 0) multibar.stop()
      open = false
    },
  }
}

/** A line per change of state, for logs and pipes. */
export function progressLines(say: (line: string) => void): ProgressDisplay {
  const known = new Map<string, string>()
  return {
    show(tasks) {
      for (const task of tasks) {
        const { word, detail } = describe(task)
        if ((known.get(task.id) ?? 'waiting') === word) continue
        known.set(task.id, word)
        say(`  ${word.padEnd(9)}  ${(task.taskDescription ?? task.id).padEnd(11)}  ${detail}`.trimEnd())
      }
    },
    close() {},
  }
}
