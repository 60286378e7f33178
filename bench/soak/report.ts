import { groupBy, type History, isAcknowledged, type Violation } from './history.ts'

/** So many of one invariant are shown. */
const shownOfEach = 10

/** What the run did, for people. */
export function summaryOf(
  { creations, tasks, events, posts, deliveries, wakes }: History,
  more: { attempts: number; faults: ReadonlyMap<string, number>; starts: number; sent: number; repeated: number },
): string {
  const states = [...groupBy(tasks, ({ state }) => state)].map(([state, { length }]) => `${length} ${state}`)
  const taken = posts.filter(isAcknowledged).length
  const faults = [...more.faults].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => `${count} ${kind}`)
  return [
    `${creations.length} tasks created: ${states.join(', ')}; ${more.attempts} attempts`,
    `${events.length} events, ${wakes.length} wakes, ${deliveries.length} deliveries: ${posts.length} POSTs, ${taken} taken`,
    `${more.sent} requests, of which ${more.repeated} were repeated; ${more.starts} starts of processes`,
    `faults: ${faults.join(', ') || 'none'}`,
  ].join('\n')
}

export function violationLines(violations: readonly Violation[]): string[] {
  return [...groupBy(violations, ({ invariant }) => invariant)].flatMap(([invariant, found]) => [
    `BROKEN: ${invariant} (${found.length})`,
    ...found.slice(0, shownOfEach).map(({ id, what }) => `    ${id}: ${what}`),
    ...(found.length > shownOfEach ? [`    and ${found.length - shownOfEach} more`] : []),
  ])
}
