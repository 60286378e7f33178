import { QueryClient } from '@tanstack/react-query'

/** The SDK repeats what may be repeated; nothing is asked again while nobody looks. */
export const queries = new QueryClient({
  defaultOptions: { queries: { retry: false, staleTime: 2_000, refetchOnWindowFocus: true } },
})
