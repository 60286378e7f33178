import type { TextSigner } from '../../kernel/rules/text-signer.ts'

/** The proof that a client was woken: derived from the wake's id, never stored. */
export function completionToken(signer: TextSigner, wakeId: string): string {
  return signer.sign('wake', wakeId)
}
