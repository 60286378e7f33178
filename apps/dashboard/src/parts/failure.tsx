import { BackhaulError } from '@backhaul/sdk'

/** What went wrong, in the service's words, and what to do. What was there before stays on the page beside it. */
export function Failure({ error, retry }: { error: unknown; retry?: () => unknown }) {
  const { message, fix, requestId } = told(error)
  return (
    <div
      role="alert"
      className="rounded-xl border border-red-400 bg-red-50 p-4 text-red-900 dark:bg-red-950 dark:text-red-100"
    >
      <p className="font-medium wrap-anywhere">{message}</p>
      {fix ? <p className="mt-1 wrap-anywhere">{fix}</p> : null}
      {requestId ? <p className="mt-1 font-mono text-xs">request {requestId}</p> : null}
      {retry ? (
        <button type="button" onClick={() => retry()} className="mt-2 cursor-pointer underline">
          Try again
        </button>
      ) : null}
    </div>
  )
}

function told(error: unknown): { message: string; fix?: string | undefined; requestId?: string | undefined } {
  if (!(error instanceof BackhaulError))
    return { message: error instanceof Error ? error.message : 'Something went wrong here.' }
  const { message, fix, requestId } = error
  return { message, fix: fix ?? undefined, requestId: requestId ?? undefined }
}
