import { ConfigError } from './config.ts'

/** Why a process cannot start: a sentence, or a line for each error of its environment. No stack, and no secret. */
export function explainStart(error: unknown): string {
  if (error instanceof ConfigError)
    return `Backhaul cannot start, its environment has errors:\n${error.errors.map((each) => `  - ${each}`).join('\n')}`
  return `Backhaul cannot start: ${reasonOf(error)}`
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, syscall, path, port, address, hostname } = error as NodeJS.ErrnoException & Place
  // Only the API's server fails with these: the operators' names its settings itself.
  if (code === 'EADDRINUSE') return `${address}:${port} is in use; set PORT to another one`
  if (code === 'EACCES' && port !== undefined) return `it may not listen on port ${port}; set PORT to one above 1023`
  if (syscall === 'listen') return `it cannot listen at ${address} (${code}); set HOST to an address of this machine`
  if (syscall === 'getaddrinfo')
    return `the name ${hostname} has no address (${code}); set HOST to an address of this machine`
  if (syscall === 'open')
    return `the file ${path} cannot be opened (${code}): is it WORKER_HEARTBEAT_FILE, or sslrootcert, sslcert or sslkey in DATABASE_URL?`
  const ofPostgres = sentences.find(([codes]) => codes.test(String(code ?? error.message)))
  if (ofPostgres) return `${ofPostgres[1]}: ${error.message}${ofPostgres[2]}`
  return error.message || String(code ?? error.name)
}

/**
 * What only PostgreSQL says at a start (SQLSTATE, Node's code of a certificate, or the driver's words, which have no code): before its own words,
 * and behind them.
 */
const sentences: readonly (readonly [codes: RegExp, before: string, behind: string])[] = [
  [/^(28...|3D000)$/, 'PostgreSQL refuses the user or the database of DATABASE_URL (or DATABASE_DIRECT_URL)', ''],
  [
    /^42501$/,
    'the user of DATABASE_URL lacks a right in PostgreSQL',
    '. docs/postgresql.md lists what it needs; "npm run migrate" by the owner of the tables does the rest',
  ],
  [
    /^(CERT_|ERR_TLS_CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/,
    "the certificate of PostgreSQL's server is not accepted",
    ' (NODE_EXTRA_CA_CERTS names the file of an authority of your own)',
  ],
  [
    /^The server does not support SSL connections$/,
    "the sslmode of DATABASE_URL (or DATABASE_DIRECT_URL) wants TLS, and PostgreSQL's server has none",
    '. Set ssl = on there, with a certificate; or sslmode=disable in the URL, if nobody else is on the way to it',
  ],
]

interface Place {
  port?: number
  address?: string
  hostname?: string
}
