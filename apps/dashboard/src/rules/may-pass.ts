import { BackhaulError } from '@backhaul/sdk'

/** Whether asking again may help: nobody answered, or the service is ill or busy. What it refused it would refuse again. */
export const mayPass = (error: unknown): boolean =>
  !(error instanceof BackhaulError) || error.status === 429 || error.status < 400 || error.status >= 500
