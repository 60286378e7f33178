import type { Delivery } from '@backhaul/sdk'

export type DeliveryState = Delivery['state']

export const deliveryStates: readonly DeliveryState[] = ['pending', 'succeeded', 'failed', 'canceled']

export interface DeliveryFilters {
  state?: DeliveryState
  endpoint?: string
  event?: string
  session?: string
}

const shapes = { endpoint: /^whe_[0-9a-z]{26}$/, event: /^evt_[0-9a-z]{26}$/, session: /^[\w.-]{1,128}$/ }

/** The filters that an address holds. What cannot be one is left out: an address may be old, or mistyped. */
export function readDeliveryFilters(search: URLSearchParams): DeliveryFilters {
  const filters: DeliveryFilters = {}
  const state = deliveryStates.find((each) => each === search.get('state'))
  if (state) filters.state = state
  for (const name of ['endpoint', 'event', 'session'] as const) {
    const value = search.get(name)
    if (value && shapes[name].test(value)) filters[name] = value
  }
  return filters
}

/** Attempts that the schedule has (deliveries/rules/retry-schedule.ts of the service). */
export const mostAttempts = 10
