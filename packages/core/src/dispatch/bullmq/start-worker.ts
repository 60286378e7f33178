import { setTimeout as sleep } from 'node:timers/promises'
import { type BackendWorker, reconnectMs } from './backend.ts'

/**
 * Begins when the connection stands, which may take more than one worker: BullMQ's remembers for ever that its first
 * connection failed, and spins on that without letting anything else run. Resolves when closed, after `stopping`.
 */
export async function keepStarting(
  make: () => Pick<BackendWorker, 'waitUntilReady' | 'run' | 'close'>,
  stopping: AbortSignal,
  logTrouble: (error: unknown) => void,
): Promise<void> {
  while (!stopping.aborted) {
    const worker = make()
    const stopped = new Promise<'stopped'>((resolve) =>
      stopping.addEventListener('abort', () => resolve('stopped'), { once: true }),
    )
    try {
      const first = await Promise.race([worker.waitUntilReady(), stopped])
      if (first !== 'stopped') {
        worker.run().catch(logTrouble)
        await stopped
      }
      return await worker.close()
    } catch (error) {
      logTrouble(error)
      void worker.close().catch(logTrouble)
      await sleep(reconnectMs, undefined, { signal: stopping }).catch(() => {})
    }
  }
}
