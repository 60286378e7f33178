import type { Task } from '@backhaul/sdk'
import { Card } from '../../parts/card.tsx'
import { OneOf } from '../../parts/one-of.tsx'
import type { Told } from '../../rules/life.ts'
import { receivedOver } from '../../rules/life-requests.ts'
import { scaleOf } from '../../rules/stretched-scale.ts'
import { lifeOf, momentsOf } from '../../rules/task-life.ts'
import { useSearchFilters } from '../../search-filters.ts'
import { useNow } from '../../use-now.ts'
import { Gantt } from './gantt.tsx'

const scales = { stretched: 'stretched', true: 'true to time' } as const
type ScaleName = keyof typeof scales

/** Where the time went, bar by bar. */
export function LifeCard({ task, told }: { task: Task; told: Told }) {
  const [search, set] = useSearchFilters()
  const now = useNow(task.endedAt === null ? 1_000 : null)
  const life = lifeOf(task, told, now)
  const asked = search.get('scale')
  const wanted = asked !== null && Object.hasOwn(scales, asked) ? (asked as ScaleName) : null
  const bars = life.lanes.flatMap((lane) => lane.bars)
  const moments = momentsOf(life)
  const scale = scaleOf(moments, bars, wanted)
  const shown: ScaleName = scale.isStretched ? 'stretched' : 'true'
  return (
    <Card
      title="Life"
      aside={
        <OneOf<ScaleName>
          name="Scale"
          value={shown}
          options={(Object.keys(scales) as ScaleName[]).map((name) => [name, scales[name]])}
          choose={(name) => set('scale', name)}
        />
      }
    >
      <Gantt life={life} scale={scale} received={receivedOver(task, now)} />
      <p className="mt-3 text-xs text-(--quiet)">
        {scale.isStretched
          ? 'The axis is stretched: what is short is wider than it was, so that it can be seen beside what is long. The times are true.'
          : 'The axis is true to time.'}
        {task.metrics.transactions.length >= 30 ? ' Of its requests the newest 30 are kept.' : ''}
      </p>
    </Card>
  )
}
