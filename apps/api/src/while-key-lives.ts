import { type KeyWatch, type Principal, unauthorized } from '@backhaul/core'

/** Does `work` for the holder of a key. When the key, or the sign-in that stands for it, ends, the signal aborts, and this throws `unauthorized`. */
export async function whileKeyLives<Result>(
  keyWatch: KeyWatch,
  who: Principal,
  work: (ended: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ended = new AbortController()
  const unwatch = keyWatch.watch(who, () => ended.abort())
  try {
    const result = await work(ended.signal)
    if (ended.signal.aborted) throw unauthorized()
    return result
  } finally {
    unwatch()
  }
}
