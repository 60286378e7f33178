import type { FileLinkClaims, FileObjects } from '@backhaul/transfer/storage/disk'
import { isSigned, type TextSigner } from '../../kernel/rules/text-signer.ts'

const purpose = 'file-link'

export interface OpenedFile {
  /** Absolute. */
  path: string
  bytes: number
  /** Strong: the same tag, the same bytes. */
  etag: string
  filename: string
  mimeType: string
  contentEncoding: string | null
}

/** The service's own short-lived links to files on disk: claims and a signature over them, in one path segment. */
export function createFileLinks(signer: TextSigner, publicUrl: string | null) {
  return {
    sign(claims: FileLinkClaims): string {
      const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
      return `${publicUrl ?? ''}/files/${payload}.${signer.sign(purpose, payload)}`
    },
    async open(
      token: string,
      objects: FileObjects,
      nowMs: number,
    ): Promise<OpenedFile | 'expired' | 'invalid' | 'gone'> {
      const [payload = '', signature = '', ...rest] = token.split('.')
      if (rest.length > 0 || !isSigned(signer, purpose, payload, signature)) return 'invalid'
      const {
        key,
        filename,
        mimeType,
        contentEncoding = null,
        expiresAtMs,
      } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as FileLinkClaims
      if (expiresAtMs <= nowMs) return 'expired'
      const object = await objects.open(key)
      return object ? { ...object, filename, mimeType, contentEncoding } : 'gone'
    },
  }
}
