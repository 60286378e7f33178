import type { Task } from '@backhaul/sdk'
import type { Output } from '../output.ts'
import { oneLine } from '../rules/plain-text.ts'
import { waitingSentences } from '../rules/why.ts'

/** Shorter waits are over before they are read (ms). */
const leastWaitMs = 5_000

/** Hears of tasks, and notes what they wait for and what would help: each reason once, however many wait for it. */
export function createWaitingNotes(note: Output['note'], nowMs = Date.now): (task: Task, name: string) => void {
  const told = new Set<string>()
  return (task, name) => {
    if (task.state !== 'waiting') return
    const now = nowMs()
    for (const one of task.waitingFor) {
      if (told.has(one.reason) || (one.until && Date.parse(one.until) - now < leastWaitMs)) continue
      told.add(one.reason)
      note(`${oneLine(name)} waits. ${waitingSentences(one, task, now).join(' ')}`)
    }
  }
}
