import { useSyncExternalStore } from 'react'

let said = { text: '', n: 0 }
const listeners = new Set<() => void>()

/** Says what came of something to those who do not see it (WCAG 4.1.3). The same words twice are said twice. */
export function announce(text: string): void {
  said = { text, n: said.n + 1 }
  for (const listener of listeners) listener()
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useAnnouncement = () => useSyncExternalStore(listen, () => said)
