import type { Limit } from '@backhaul/sdk'
import { lookOfLimit, usedFraction } from '../rules/tenant-limits.ts'
import { Meter } from './meter.tsx'
import { Time } from './time.tsx'

/** What a tenant may use, and how much of it is used. */
export function Limits({ of }: { of: readonly Limit[] }) {
  return (
    <ul className="grid gap-x-8 gap-y-4 md:grid-cols-2 xl:grid-cols-3">
      {of.map((limit) => {
        const { words, say } = lookOfLimit(limit.name)
        return (
          <li key={limit.name} className="min-w-0">
            <p className="mb-1 flex flex-wrap justify-between gap-x-3">
              <span>{words}</span>
              <span className="tabular-nums">
                {say(limit.used)}
                <span className="text-(--quiet)">
                  {limit.maximum === null ? ' · no limit' : ` of ${say(limit.maximum)}`}
                </span>
              </span>
            </p>
            <Meter name={words} fraction={usedFraction(limit)} />
            {limit.resetsAt === undefined ? null : (
              <p className="mt-1 text-xs text-(--quiet)">
                again <Time at={limit.resetsAt} />
              </p>
            )}
          </li>
        )
      })}
    </ul>
  )
}
