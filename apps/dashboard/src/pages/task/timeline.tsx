import { Card } from '../../parts/card.tsx'
import { plural } from '../../rules/format.ts'
import type { Told } from '../../rules/life.ts'
import { span } from '../../rules/span.ts'

/** All that is known to have happened, for reading. */
export function TimelineCard({ told: { entries, omittedSteps } }: { told: Told }) {
  const [first] = entries
  const from = first ? Date.parse(first.at) : 0
  return (
    <Card title="Timeline">
      <ol className="space-y-1.5">
        {entries.map((entry, n) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: a timeline only grows at its end
            key={`${n} ${entry.at} ${entry.kind}`}
            className="grid grid-cols-[6rem_minmax(0,1fr)] gap-3 sm:grid-cols-[6rem_8.5rem_minmax(0,1fr)]"
          >
            <time dateTime={entry.at} title={entry.at} className="text-right text-(--quiet) tabular-nums">
              {Date.parse(entry.at) === from ? '0' : `+${span(Date.parse(entry.at) - from)}`}
            </time>
            <span className="hidden truncate font-mono text-xs leading-5 text-(--quiet) sm:block">{entry.kind}</span>
            <span className="wrap-anywhere">{entry.detail}</span>
          </li>
        ))}
      </ol>
      {omittedSteps > 0 ? (
        <p className="mt-2 text-(--quiet)">
          {plural(omittedSteps, 'step')} {omittedSteps === 1 ? 'was' : 'were'} not kept.
        </p>
      ) : null}
    </Card>
  )
}
