import { isSigned, type TextSigner } from '../../kernel/rules/text-signer.ts'

const purpose = 'wake'

/** The proof that a client was woken: derived from the wake's id, never stored. */
export function completionToken(signer: TextSigner, wakeId: string): string {
  return signer.sign(purpose, wakeId)
}

/** The wake's tokens by all keys: the client may have been woken before the newest one was there. */
export function completionTokens(signer: TextSigner, wakeId: string): readonly string[] {
  return signer.signatures(purpose, wakeId)
}

export function isCompletionToken(signer: TextSigner, wakeId: string, given: string): boolean {
  return isSigned(signer, purpose, wakeId, given)
}
