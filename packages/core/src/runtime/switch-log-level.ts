import type { Logger } from './log.ts'

/**
 * From the configured level to `debug` and back; to `info` where that, or more, is configured. The line that says so is
 * written while the more talkative level holds, so that it is seen both times.
 */
export function switchLogLevel(log: Pick<Logger, 'level' | 'info'>, configured: string): void {
  const other = configured === 'debug' || configured === 'trace' ? 'info' : 'debug'
  const level = log.level === configured ? other : configured
  const say = () => log.info({ event: 'log.level_changed', to: level }, `the log is at level ${level} now`)
  const isMore = level === 'debug' || level === 'trace'
  if (!isMore) say()
  log.level = level
  if (isMore) say()
}
