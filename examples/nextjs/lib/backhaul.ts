import { Backhaul } from '@backhaul/sdk'

// A function, because it is asked with each call: `next build` loads this file, and has no key.
export const backhaul = new Backhaul({ apiKey: () => process.env.BACKHAUL_API_KEY ?? '' })
