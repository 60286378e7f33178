import { isObjectKey } from '@backhaul/transfer/rules'

/** The object key for a file at a client's own key; null when that cannot be one. */
export function clientFileKey(tenantId: string, clientKey: string): string | null {
  const key = `${tenantId}/files/${clientKey}`
  return isObjectKey(key) ? key : null
}
