import { Card } from './card.tsx'

/** The command is for this installation: its address is in it. The key is not known here. */
export function FirstTask() {
  const { origin } = location
  return (
    <Card title="No task yet">
      <p className="mb-2">Open a session and hand over a first task:</p>
      <pre className="overflow-x-auto rounded-lg bg-(--track) p-3 font-mono text-xs">{`curl -X PUT ${origin}/v1/sessions/first \\
  -H "Authorization: Bearer $BACKHAUL_API_KEY" -H 'Content-Type: application/json' \\
  -d '{"configuration": {"delegate": {"kind": "pull"}}}'
curl ${origin}/v1/sessions/first/tasks \\
  -H "Authorization: Bearer $BACKHAUL_API_KEY" -H 'Content-Type: application/json' \\
  -d '{"url": "https://example.com/"}'`}</pre>
    </Card>
  )
}
