import { Card } from './card.tsx'
import { Curl } from './curl.tsx'

export function FirstTask() {
  return (
    <Card title="No task yet">
      <p className="mb-2">Open a session and hand over a first task:</p>
      <Curl path="/v1/sessions/first" method="PUT" body={{ configuration: { delegate: { kind: 'pull' } } }} />
      <Curl path="/v1/sessions/first/tasks" method="POST" body={{ url: 'https://example.com/' }} />
    </Card>
  )
}
