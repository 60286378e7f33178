import { runProcess } from '@backhaul/core'
import { startApi } from './start.ts'

await runProcess(process, 'api', (runtime) => startApi(runtime))
