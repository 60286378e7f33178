import { holdSignal } from '@backhaul/core/hold-signal'

// First: the rest takes a while to load.
const levelSignal = holdSignal(process)
const { runWorker } = await import('./run-worker.ts')
await runWorker(process, levelSignal)
