import { Link } from 'wouter'
import { count } from '../rules/format.ts'
import { heldBy, lookOfReason, type Reason } from '../rules/waiting-reasons.ts'

interface Options {
  counts: Record<Reason, number>
  /** Where they are listed. */
  href?: (reason: Reason) => string
}

/** How many tasks wait for what, the most first, each with a way to them where there is one. */
export function ReasonBars({ counts, href }: Options) {
  const held = heldBy(counts)
  const most = held[0]?.tasks ?? 1
  if (held.length === 0) return <p className="text-(--quiet)">Nothing waits.</p>
  return (
    <ul className="space-y-3">
      {held.map(({ reason, tasks }) => (
        <li key={reason}>
          {href ? (
            <Link href={href(reason)} className="block hover:underline">
              <Bar reason={reason} tasks={tasks} most={most} />
            </Link>
          ) : (
            <Bar reason={reason} tasks={tasks} most={most} />
          )}
        </li>
      ))}
    </ul>
  )
}

function Bar({ reason, tasks, most }: { reason: Reason; tasks: number; most: number }) {
  return (
    <>
      <span className="flex justify-between gap-4">
        <span>{lookOfReason(reason).words}</span>
        <span className="tabular-nums">{count(tasks)}</span>
      </span>
      <span className="mt-1 block h-2 rounded-full bg-(--track)">
        <span
          className="block h-2 rounded-full"
          style={{ width: `${(tasks / most) * 100}%`, background: lookOfReason(reason).colour }}
        />
      </span>
    </>
  )
}
