/** Sent where neither the tenant nor the operator says another one: the product and the version of this package. */
export const userAgent = 'Backhaul/0.1.0'
