import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { Button } from '../parts/button.tsx'
import { Card } from '../parts/card.tsx'
import { Curl } from '../parts/curl.tsx'
import { Limits } from '../parts/limits.tsx'
import { OneOf } from '../parts/one-of.tsx'
import { Page } from '../parts/page.tsx'
import { UsagePlots } from '../parts/usage-plots.tsx'
import { csv } from '../rules/csv.ts'
import {
  mayGoByHours,
  readUsageView,
  type UsageRange,
  type UsageStep,
  usageRanges,
  usageRows,
  usageSteps,
} from '../rules/usage-view.ts'
import { saveText } from '../save-text.ts'
import { useSearchFilters } from '../search-filters.ts'
import { backhaul, serviceNowMs } from '../service.ts'

const everyMs = 30_000

export default function UsagePage() {
  const [search, set] = useSearchFilters()
  const { range, step } = readUsageView(search)
  const usage = useQuery({
    queryKey: ['usage', range, step],
    queryFn: ({ signal }) =>
      backhaul.usage.get({ step, since: new Date(serviceNowMs() - usageRanges[range].ms).toISOString() }, { signal }),
    refetchInterval: everyMs,
    placeholderData: keepPreviousData,
  })
  const limits = useQuery({
    queryKey: ['limits'],
    queryFn: ({ signal }) => backhaul.limits.list({ signal }),
    refetchInterval: everyMs,
  })
  const points = usage.data?.data
  return (
    <Page
      title="Usage"
      asked={[usage, limits]}
      aside={
        points ? (
          <Button onClick={() => saveText(`usage-${range}-by-${step}.csv`, 'text/csv', csv(usageRows(points)))}>
            <Download aria-hidden size={16} /> CSV
          </Button>
        ) : null
      }
    >
      {limits.data ? (
        <div className="mb-4">
          <Card title="Limits">
            <Limits of={limits.data.data} />
          </Card>
        </div>
      ) : null}
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <OneOf
          name="Range"
          value={range}
          options={Object.entries(usageRanges).map(([name, { words }]) => [name as UsageRange, words])}
          choose={(next) => set('range', next)}
        />
        {mayGoByHours(range) ? (
          <OneOf
            name="Step"
            value={step}
            options={Object.entries(usageSteps).map(([name, words]) => [name as UsageStep, `by ${words}`])}
            choose={(next) => set('step', next)}
          />
        ) : null}
        <span className="text-(--quiet)">whole {usageSteps[step]}, UTC</span>
      </div>
      {usage.data && usage.data.totals.tasksCreated === 0 ? (
        <div className="mb-4">
          <Card title="No task was created in this time">
            <p>A task is handed over to a session:</p>
            <Curl path="/v1/sessions/first/tasks" method="POST" body={{ url: 'https://example.com/' }} />
          </Card>
        </div>
      ) : null}
      {points ? <UsagePlots points={points} step={step} /> : null}
    </Page>
  )
}
