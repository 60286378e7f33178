import { Backhaul } from '@backhaul/sdk'
import { clockOffsetMs } from './rules/format.ts'

let offsetMs = 0

/** Now, by the clock of the service: what it says of times is meant by that. */
export const serviceNowMs = () => Date.now() + offsetMs

/** The service that this page came from. The browser's cookie says who asks. */
export const backhaul = new Backhaul({
  apiKey: null,
  baseUrl: '/',
  async fetch(input, init) {
    const response = await fetch(input, init)
    // The browser keeps others, with the time at which they came.
    if (new URL(response.url).pathname.startsWith('/v1/'))
      offsetMs = clockOffsetMs(response.headers.get('date'), Date.now())
    return response
  },
})
