/** HTTP/1.1 over connections that the egress guard has opened. */
export { createBufferPool } from './buffer-pool.ts'
export { createConnectionPool } from './connection-pool.ts'
export { BrokenHead, type HttpResponse, receiveResponse, sendHead } from './exchange.ts'
