import { BackhaulError } from '@backhaul/sdk'

/** What is wrong with each field, by the pointer that the service has for it. */
export function problemsOf(error: unknown): Record<string, string> {
  if (!(error instanceof BackhaulError)) return {}
  return Object.fromEntries(
    error.errors.map(({ pointer, detail, fix }) => [pointer, fix === undefined ? detail : `${detail} ${fix}`]),
  )
}
