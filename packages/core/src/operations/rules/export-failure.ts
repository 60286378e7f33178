/**
 * What the exporter of OpenTelemetry says of a failure, as one sentence: its message and code, such as "Unauthorized (401)". It says it as
 * JSON with a stack and with the body of the collector's response, which may hold anything.
 */
export function exportFailure(said: string): string {
  const failure = readFailure(said)
  // What it could not parse is the response.
  if (failure === null)
    return said.replace(/(response:).*/s, '$1 it is no JSON of OTLP; does the address lead to a collector?')
  const { message, code } = failure
  return typeof code === 'string' && code !== '' ? `${message} (${code})` : message
}

function readFailure(said: string): { message: string; code?: unknown } | null {
  try {
    const { message, code } = JSON.parse(said) as Record<string, unknown>
    return typeof message === 'string' ? { message: message || 'no answer', code } : null
  } catch {
    return null
  }
}
