import { useState } from 'react'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { Curl } from './curl.tsx'

/** A key that is shown this once, and a command that uses it. It goes when the page does. */
export function Secret({ title, apiKey, close }: { title: string; apiKey: string; close(): void }) {
  const [done, setDone] = useState<{ apiKey: string; copied: boolean } | null>(null)
  // Another key was not copied yet.
  const copied = done?.apiKey === apiKey ? done.copied : null
  const copy = () =>
    // Not there on a page that came by plain HTTP from another machine.
    Promise.resolve(navigator.clipboard?.writeText(apiKey) ?? Promise.reject(new Error('no clipboard'))).then(
      () => setDone({ apiKey, copied: true }),
      () => setDone({ apiKey, copied: false }),
    )
  return (
    <div role="status" className="mb-4">
      <Card title={title}>
        <p className="mb-2">Copy the key now: it is shown this once, and only its last four characters are kept.</p>
        <div className="mb-3 flex flex-wrap items-center gap-2">
          <code data-secret className="min-w-0 rounded-lg bg-(--track) px-3 py-1.5 font-mono select-all wrap-anywhere">
            {apiKey}
          </code>
          <Button kind="main" onClick={copy}>
            Copy the key
          </Button>
          <span className="text-(--quiet)">
            {copied === null ? null : copied ? 'Copied' : 'The browser did not let it be copied: select it.'}
          </span>
        </div>
        <p className="text-(--quiet)">This says whose key it is, and what it may do:</p>
        <Curl path="/v1/sign-in" apiKey={apiKey} />
        <div className="mt-2">
          <Button onClick={close}>I have it</Button>
        </div>
      </Card>
    </div>
  )
}
