/** The egress guard: the only way to an address that somebody else has chosen. */
export type { EgressProxy } from './connect-proxy.ts'
export { EgressProxyError } from './connect-proxy-error.ts'
export { createEgressGuard, type Dialled, type EgressGuard } from './guard.ts'
export { lookUpOwnName } from './resolver.ts'
export type { DialStep } from './route.ts'
