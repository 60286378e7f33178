import { holdSignal } from '@backhaul/core/hold-signal'

// First: the rest takes a while to load.
const levelSignal = holdSignal(process)
const [{ runProcess }, { startApi }] = await Promise.all([import('@backhaul/core'), import('./start.ts')])
await runProcess(process, 'api', (runtime) => startApi(runtime), levelSignal)
