import type { RequestCounts } from './request-counts.ts'
import { countedSeconds, emptyWindow, type RequestWindow, takeRequests } from './rules/request-window.ts'

/** Counts for this process alone: while the counts of all processes are away. */
export function createLocalRequestCounts(nowMs: () => number): RequestCounts {
  const windows = new Map<string, RequestWindow>()
  let sweptAtMs = nowMs()
  return {
    async take(keyId, wanted) {
      const now = nowMs()
      if (now - sweptAtMs > countedSeconds * 1000) {
        sweptAtMs = now
        for (const [key, { second }] of windows) if (second * 1000 < now - countedSeconds * 1000) windows.delete(key)
      }
      const { window, ...given } = takeRequests(windows.get(keyId) ?? emptyWindow, wanted, now)
      windows.set(keyId, window)
      return given
    },
  }
}
