/**
 * The operator's proxy itself fails, whatever the target: nothing that a task could be charged with. Names neither target nor
 * secret.
 */
export class EgressProxyError extends Error {
  override readonly name = 'EgressProxyError'
}
