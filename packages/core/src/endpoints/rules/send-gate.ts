/** What keeps an endpoint's delivery lanes from sending, over all workers. Times are Unix milliseconds. */
export interface EndpointGate {
  /** See EndpointHealth. */
  nextProbeAtMs: number | null
  /** Nothing is sent before. */
  nextSendAtMs: number | null
  maximumDeliveriesPerSecond: number | null
}

/** How many may be sent now; `isProbe`: one, to see whether a half-open endpoint is up again. */
interface GateAdmission {
  count: number
  isProbe: boolean
  /** The gate behind it. */
  gate: EndpointGate
}

/** Longer than a delivery lane's lease: then a probe whose worker died is replaced. */
export const probeTimeoutMs = 45_000
/** With a maximum rate, a batch is at most what the rate allows in this time. */
const sliceMs = 250

/** How many of `wanted` (at least one) deliveries may be sent; null: none, for now. */
export function admitDeliveries(gate: EndpointGate, nowMs: number, wanted: number): GateAdmission | null {
  const { nextProbeAtMs, nextSendAtMs, maximumDeliveriesPerSecond: perSecond } = gate
  if ((nextProbeAtMs ?? 0) > nowMs || (nextSendAtMs ?? 0) > nowMs) return null
  const isProbe = nextProbeAtMs !== null
  const most = perSecond === null ? wanted : Math.max(1, Math.floor((perSecond * sliceMs) / 1000))
  const count = Math.min(wanted, most, isProbe ? 1 : wanted)
  return {
    count,
    isProbe,
    gate: {
      ...gate,
      nextProbeAtMs: isProbe ? nowMs + probeTimeoutMs : null,
      nextSendAtMs: perSecond === null ? null : nowMs + Math.ceil((count / perSecond) * 1000),
    },
  }
}
