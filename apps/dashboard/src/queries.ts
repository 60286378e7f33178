import { BackhaulError } from '@backhaul/sdk'
import { QueryClient } from '@tanstack/react-query'

/** The SDK repeats what may be repeated; nothing is asked again while nobody looks. */
export const queries = new QueryClient({
  defaultOptions: { queries: { retry: false, staleTime: 2_000, refetchOnWindowFocus: true } },
})

/** A question that the service has refused because nobody is signed in any more. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof BackhaulError && error.status === 401
}
