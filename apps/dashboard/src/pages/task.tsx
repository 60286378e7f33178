import { useQuery } from '@tanstack/react-query'
import type { PageProps } from '../page-props.ts'
import { Card } from '../parts/card.tsx'
import { Page } from '../parts/page.tsx'
import { readTimeline } from '../read-timeline.ts'
import { backhaul } from '../service.ts'
import { FileCard } from './task/file.tsx'
import { LifeCard } from './task/life.tsx'
import { ReceiptCard } from './task/receipt.tsx'
import { RequestCard, ResponseCard } from './task/request-response.tsx'
import { TaskHead } from './task/task-head.tsx'
import { TimelineCard } from './task/timeline.tsx'

export default function TaskPage({ who, params }: PageProps) {
  const id = params.id!
  // The third part of the key is the task that it is about: see live.ts.
  const task = useQuery({
    queryKey: ['live', 'task', id],
    queryFn: ({ signal }) => backhaul.tasks.get(id, {}, { signal }),
  })
  const timeline = useQuery({
    queryKey: ['live', 'task', id, 'timeline'],
    queryFn: ({ signal }) => readTimeline(id, signal),
  })
  const canWrite = who.scopes.includes('write')
  return (
    <Page title={id} heading={<span className="font-mono">{id}</span>} asked={[task, timeline]}>
      {task.data ? (
        <div className="space-y-4">
          <TaskHead task={task.data} canWrite={canWrite} />
          {timeline.data ? <LifeCard task={task.data} told={timeline.data} /> : <Card title="Life">…</Card>}
          <div className="grid items-start gap-4 xl:grid-cols-2">
            <div className="min-w-0 space-y-4">
              <RequestCard task={task.data} />
              <ResponseCard task={task.data} />
            </div>
            <div className="min-w-0 space-y-4">
              <FileCard task={task.data} canWrite={canWrite} />
              {task.data.state === 'completed' ? <ReceiptCard task={task.data} /> : null}
            </div>
          </div>
          {timeline.data ? <TimelineCard told={timeline.data} /> : null}
        </div>
      ) : null}
    </Page>
  )
}
