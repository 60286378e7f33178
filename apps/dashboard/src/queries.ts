import { BackhaulError } from '@backhaul/sdk'
import { QueryClient } from '@tanstack/react-query'
import { mayPass } from './rules/may-pass.ts'

/** What failed for a trouble that may pass is asked for again so often: not every page has a stream that tells when it is over. */
const againMs = 10_000

/** The SDK repeats what may be repeated; nothing is asked again while nobody looks. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: false,
      staleTime: 2_000,
      refetchOnWindowFocus: true,
      refetchInterval: ({ state }) => (state.status === 'error' && mayPass(statusOf(state.error)) ? againMs : false),
    },
  },
})

/** A fault of ours, which no answer had, may pass as well. */
function statusOf(error: unknown): number {
  return error instanceof BackhaulError ? error.status : 0
}
