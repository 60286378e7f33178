import { type HostileOrigin, startHostileOrigin } from '#support/origins/hostile-origin.ts'
import type { Answer, WildRow } from './row.ts'

export interface StartedRow {
  origin: HostileOrigin
  /** What is asked for. */
  url: string
  close(): Promise<void>
}

const stepsOf = (answer: Answer) => (typeof answer === 'string' ? [{ send: answer }, 'end' as const] : answer)

/** The origins of a row. Each has a port of its own: hosts are judged by their behaviour. */
export async function startRow({ does, elsewhere: second, path = '/data' }: WildRow): Promise<StartedRow> {
  const origin: HostileOrigin = await startHostileOrigin((request) =>
    stepsOf(typeof does === 'function' ? does(request, elsewhere?.url('') ?? '') : does),
  )
  const elsewhere =
    second &&
    (await startHostileOrigin(
      (request) => stepsOf(typeof second.does === 'function' ? second.does(request, origin.url('')) : second.does),
      second.host === undefined ? {} : { host: second.host },
    ))
  return {
    origin,
    url: origin.url(path),
    async close() {
      await Promise.all([origin.close(), elsewhere?.close()])
    },
  }
}
