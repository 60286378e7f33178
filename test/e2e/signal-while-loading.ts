/** Preloaded (`--import`), it sends this process SIGUSR2 at the moment at which it begins to load the core. */
import { registerHooks } from 'node:module'

let isSent = false
registerHooks({
  load(url, context, next) {
    if (!isSent && url.endsWith('/packages/core/src/index.ts')) {
      isSent = true
      process.kill(process.pid, 'SIGUSR2')
    }
    return next(url, context)
  },
})
