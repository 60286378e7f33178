import { AppError, type ProblemCode, problems } from '@backhaul/core'
import { problemDocument } from './problems.ts'

/** The problem codes for errors of Node's HTTP parser before there is a request; any other error is not HTTP. */
const codes: Record<string, ProblemCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
}

interface Connection {
  readonly writable: boolean
  readonly bytesRead: number
  end(text: string): unknown
  destroy(): unknown
}

/** Fastify's clientErrorHandler: writes the same problem documents to the raw socket, because there is no response object. */
export function createSocketRefusal(options: { publicUrl: string | null; newRequestId(): string }) {
  return (error: Error & { code?: string }, socket: Connection): void => {
    // Over which nothing came, there is nothing to answer: thousands of them end at the same moment, and others wait meanwhile.
    if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesRead === 0) {
      socket.destroy()
      return
    }
    const refusal = new AppError(codes[error.code ?? ''] ?? 'invalid_request', 'The request could not be read.')
    const about = { requestId: options.newRequestId(), path: '', base: options.publicUrl ?? '' }
    const body = JSON.stringify(problemDocument(refusal, about))
    const head = [
      `HTTP/1.1 ${problems[refusal.code].status} Refused`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  }
}
