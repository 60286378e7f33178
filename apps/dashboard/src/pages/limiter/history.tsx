import type { Limiter } from '@backhaul/sdk'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Card } from '../../parts/card.tsx'
import { Curl } from '../../parts/curl.tsx'
import { ChartKey, DelayChart } from '../../parts/delay-chart.tsx'
import { Failure } from '../../parts/failure.tsx'
import { OneOf } from '../../parts/one-of.tsx'
import { duration, plural, relative } from '../../rules/format.ts'
import {
  type HistoryRange,
  historyRanges,
  historyWords,
  limiterHistory,
  readHistoryRange,
} from '../../rules/limiter-history.ts'
import { useSearchFilters } from '../../search-filters.ts'
import { backhaul } from '../../service.ts'
import { useNow } from '../../use-now.ts'

/** So many wakes are drawn at most; of a longer list the newest. */
const mostWakes = 200
/** Often enough for a curve. */
const everyMs = 5_000

/** What the limiter did: the delay as it was and will be, with each wake. */
export function LimiterHistoryCard({ limiter }: { limiter: Limiter }) {
  const [search, set] = useSearchFilters()
  const range = readHistoryRange(search)
  const nowMs = useNow(everyMs)
  const wakes = useQuery({
    queryKey: ['live', 'wakes', 'newest'],
    queryFn: async ({ signal }) => await backhaul.wakes.list({ order: 'newestFirst', limit: mostWakes }, { signal }),
    placeholderData: keepPreviousData,
  })
  const fromMs = nowMs - historyRanges[range] * 1000
  const history = wakes.data ? limiterHistory(wakes.data.data, limiter, fromMs, nowMs) : null
  const isAhead = history !== null && history.lastAt > history.now
  const isCut = wakes.data?.nextCursor != null && Date.parse(wakes.data.data.at(-1)!.openedAt) > fromMs
  return (
    <Card
      title="What it did"
      aside={
        <OneOf<HistoryRange>
          name="Range"
          value={range}
          options={(Object.keys(historyRanges) as HistoryRange[]).map((each) => [each, historyWords[each]])}
          choose={(value) => set('range', value)}
        />
      }
    >
      {wakes.error ? <Failure error={wakes.error} retry={wakes.refetch} /> : null}
      {history && wakes.data?.data.length === 0 ? <NoWake /> : null}
      {history && wakes.data?.data.length !== 0 ? (
        <>
          <DelayChart
            title={`The delay in the last ${historyWords[range]}: at most ${duration(history.highest)}, with ${plural(history.wakes.length, 'wake')}`}
            points={history.points}
            wakes={history.wakes.map(({ id, at, delay, session }) => ({
              at,
              link: {
                says: `Wake of ${session}, ${relative(new Date(fromMs + at * 1000), nowMs)}; the delay became ${duration(delay)}`,
                href: `/wakes/${id}`,
              },
            }))}
            endsAt={isAhead ? history.lastAt + (history.lastAt - history.now) * 0.1 : history.now}
            highest={history.highest}
            {...(isAhead ? { future: { from: history.now, until: history.quiet } } : {})}
            gate={history.gate}
            labels={[
              `${duration(historyRanges[range])} ago`,
              isAhead ? `in ${duration(history.lastAt - history.now)}` : 'now',
            ]}
          />
          <ChartKey
            parts={[
              'delay',
              'wake',
              ...(isAhead ? (['now', 'future'] as const) : []),
              ...(history.gate ? (['gate'] as const) : []),
            ]}
          />
          <p className="mt-2 text-(--quiet)">
            {plural(history.wakes.length, 'wake')} in the last {historyWords[range]}; the delay was{' '}
            {duration(history.highest)} at most. When it fell back to 0 is drawn at the earliest moment that the next
            wake allows. By keyboard, ← → lead from wake to wake.
            {isCut ? ` Only the newest ${mostWakes} wakes are drawn.` : ''}
          </p>
        </>
      ) : null}
    </Card>
  )
}

function NoWake() {
  return (
    <>
      <p className="mb-2 text-(--quiet)">
        There was no wake yet, so nothing is delayed. A session whose delegate is an endpoint is woken when its tasks
        have ended:
      </p>
      <Curl
        path="/v1/sessions/nightly"
        method="PUT"
        body={{ configuration: { delegate: { url: 'https://example.com/webhooks' } } }}
      />
    </>
  )
}
