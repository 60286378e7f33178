/**
 * The operator's proxy itself has failed, whatever the target. No task is charged for it. The message names neither target nor
 * secret.
 */
export class EgressProxyError extends Error {
  override readonly name = 'EgressProxyError'
}
