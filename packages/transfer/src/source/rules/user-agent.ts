/** Of this package and of the service, which are released together. */
export const version = '0.2.0'

/** Sent where neither the tenant nor the operator says another one: the product and the version of this package. */
export const userAgent = `Backhaul/${version}`
