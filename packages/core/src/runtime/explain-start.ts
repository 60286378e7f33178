import { ConfigError } from './config.ts'

/** Why a process cannot start: a sentence, or a line for each error of its environment. No stack, and no secret. */
export function explainStart(error: unknown): string {
  if (error instanceof ConfigError)
    return `Backhaul cannot start, its environment has errors:\n${error.errors.map((each) => `  - ${each}`).join('\n')}`
  return `Backhaul cannot start: ${reasonOf(error)}`
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, syscall, port, address, hostname } = error as NodeJS.ErrnoException & Place
  // Only the API's server fails with these: the operators' names its settings itself.
  if (code === 'EADDRINUSE') return `${address}:${port} is in use; set PORT to another one`
  if (code === 'EACCES' && port !== undefined) return `it may not listen on port ${port}; set PORT to one above 1023`
  if (syscall === 'listen') return `it cannot listen at ${address} (${code}); set HOST to an address of this machine`
  if (syscall === 'getaddrinfo')
    return `the name ${hostname} has no address (${code}); set HOST to an address of this machine`
  return error.message || String(code ?? error.name)
}

interface Place {
  port?: number
  address?: string
  hostname?: string
}
