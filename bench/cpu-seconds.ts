/** CPU seconds of processes, user and system, from Linux' /proc. On other systems all values are 0. */
import { readdirSync, readFileSync } from 'node:fs'

interface Process {
  pid: number
  parent: number
  name: string
  /** Of the process and of its children that have ended. */
  seconds: number
}

/** USER_HZ of every Linux that Node runs on (proc_pid_stat(5), sysconf(_SC_CLK_TCK)). */
const ticksPerSecond = 100

/** CPU seconds by program: each child of this process with everything below it, under its name. `names` are others, by pid. */
export function cpuSeconds(names: ReadonlyMap<number, string>): Map<string, number> {
  const all = readAll()
  const below = (pid: number): number =>
    all.filter(({ parent }) => parent === pid).reduce((sum, child) => sum + child.seconds + below(child.pid), 0)
  const found = new Map<string, number>()
  for (const { pid, name, seconds } of all.filter(({ parent }) => parent === process.pid)) {
    const known = names.get(pid) ?? name
    found.set(known, (found.get(known) ?? 0) + seconds + below(pid))
  }
  return found
}

function readAll(): Process[] {
  let pids: string[] = []
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    // Not Linux.
  }
  return pids.flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The name is in parentheses and may hold any character; fields are counted behind it.
      const end = stat.lastIndexOf(')')
      const fields = stat.slice(end + 2).split(' ')
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
      const name = stat.slice(stat.indexOf('(') + 1, end)
      return [{ pid: Number(pid), parent: Number(fields[1]), name, seconds: ticks / ticksPerSecond }]
    } catch {
      // The process has just ended.
      return []
    }
  })
}
