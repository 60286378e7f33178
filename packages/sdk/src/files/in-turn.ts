const last = new Map<string, Promise<unknown>>()

/** Does the work when what this process does with the same key has ended, well or badly. Throws the signal's reason while it waits. */
export async function inTurn<Result>(
  key: string,
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = last.get(key)
  const mine = before ? settled(before, signal).then(work) : work()
  // Who gives up waiting does not let the next one pass.
  const ended = Promise.allSettled([before, mine])
  last.set(key, ended)
  void ended.then(() => last.get(key) === ended && last.delete(key))
  return mine
}

/** Resolves with `before`, which never rejects; rejects with the signal's reason when that comes first. */
function settled(before: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal!.reason)
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
    void before.then(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    })
  })
}
