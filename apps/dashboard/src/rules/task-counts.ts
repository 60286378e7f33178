import type { TaskCounts } from '@backhaul/sdk'

/** The states that tasks are in, in the order of a task's life as it is shown. */
const order: readonly string[] = ['suspended', 'waiting', 'running', 'completed', 'failed', 'canceled']

/** The states with tasks, and how many. Those that a newer service has and this page does not know are behind the others. */
export function countedStates(counts: TaskCounts): [state: string, tasks: number][] {
  const place = (state: string) => (order.includes(state) ? order.indexOf(state) : order.length)
  return Object.entries<number>(counts)
    .filter(([, tasks]) => tasks > 0)
    .sort(([one], [other]) => place(one) - place(other))
}
