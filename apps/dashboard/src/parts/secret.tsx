import { Curl } from './curl.tsx'
import { ShownOnce } from './shown-once.tsx'

/** A key, and a command that uses it. */
export function Secret({ title, apiKey, close }: { title: string; apiKey: string; close(): void }) {
  return (
    <div className="mb-4">
      <ShownOnce
        name={title}
        text={apiKey}
        note="Copy the key now: it is shown this once, and only its last four characters are kept."
        close={close}
      >
        <p>This says whose key it is, and what it may do:</p>
        <Curl path="/v1/sign-in" apiKey={apiKey} />
      </ShownOnce>
    </div>
  )
}
