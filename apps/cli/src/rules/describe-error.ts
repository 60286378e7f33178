import { type ExitCode, exitCodes } from './exit-codes.ts'
import { oneLine } from './plain-text.ts'
import { durationText } from './quantities.ts'

/** What is read of an error: those of the SDK have a status and a code, those of the file system a code. */
export interface Failure {
  message: string
  code?: string | undefined
  status?: number | undefined
  fix?: string | null | undefined
  errors?: readonly { pointer: string; code: string; detail: string; fix?: string }[] | undefined
  requestId?: string | null | undefined
  retryAfterMs?: number | null | undefined
  path?: string | undefined
}

export interface Described {
  /** What happened and what to do. */
  sentence: string
  exitCode: ExitCode
}

const { usage, refused, unreachable, local, failed } = exitCodes

/** What an error means for the user of a service at `url`. Null: it is a mistake of this program. */
export function describeError(error: Failure, url: string): Described | null {
  if (error.status !== undefined) return ofTheService(error, error.status, url)
  return ofThisMachine(error)
}

function ofTheService(error: Failure, status: number, url: string): Described {
  const { code, message, fix, errors = [], requestId, retryAfterMs } = error
  const said = oneLine(message)
  if (code === 'file_damaged') return { sentence: `${said}. ${fix}`, exitCode: failed }
  if (code === 'unexpected_response' && / redirects to /.test(said))
    return {
      sentence: `${said}: if that is the service, give its address with --url, BACKHAUL_URL or \`backhaul login\`.`,
      exitCode: unreachable,
    }
  if (code === 'unexpected_response' && status < 500)
    return {
      sentence: `What answers at ${url} is not Backhaul (${status}): is that the address of the service? --url, BACKHAUL_URL or \`backhaul login\` give another one.`,
      exitCode: unreachable,
    }
  if (status === 0) {
    const why = code === 'timeout' ? 'it did not answer in time' : (/: ([^:]+)$/.exec(said)?.[1] ?? said)
    return {
      sentence: `${url} cannot be reached (${why}): is the service running there? --url, BACKHAUL_URL or \`backhaul login\` give another address.`,
      exitCode: unreachable,
    }
  }
  if (status >= 500) {
    const name = requestId ? `, request ${requestId}` : ''
    return {
      sentence: `The service has a problem of its own (${status}${name}): ${sentence(said)} Try again later.`,
      exitCode: unreachable,
    }
  }
  if (status === 401)
    return {
      sentence: `The key is not valid at ${url}: give another one with \`backhaul login\`, --key or BACKHAUL_API_KEY.`,
      exitCode: refused,
    }
  if (isOfAnotherVersion(error)) return ofAnotherVersion(error, url)
  if (errors.length > 0) {
    const details = errors.map(({ pointer, detail, fix }) => `${pointer}: ${sentence(oneLine(detail))}${also(fix)}`)
    return { sentence: details.join('\n  '), exitCode: status === 400 ? usage : refused }
  }
  const wait = retryAfterMs ? ` Try again in ${durationText(retryAfterMs / 1000)}.` : ''
  return { sentence: `${sentence(said)}${wait || also(fix)}`, exitCode: status === 400 ? usage : refused }
}

/** Who says an address with a path mostly means the one without, such as that of a call (`…/v1`). */
function ofAnotherVersion({ status }: Failure, url: string): Described {
  const path = status === 404 ? (URL.parse(url)?.pathname ?? '/') : '/'
  if (path !== '/')
    return {
      sentence: `There is no API of Backhaul at ${url}: give the address without ${path} with --url, BACKHAUL_URL or \`backhaul login\`. If it is right, the service is of another version.`,
      exitCode: unreachable,
    }
  return {
    sentence:
      'The service does not know this call, so it is of another version: use the `backhaul` that belongs to it, or update the service.',
    exitCode: refused,
  }
}

/** A route, or a field that this program sends and the service has never heard of. */
function isOfAnotherVersion({ status, code, message, errors = [] }: Failure): boolean {
  if (status === 405) return true
  if (status === 404 && code === 'not_found') return message.startsWith('There is nothing at this address')
  return status === 400 && errors.some((error) => error.code === 'additionalProperties')
}

const texts: Record<string, (path: string) => string> = {
  ENOSPC: (path) => `The disk is full${at(path)}: make room and try again.`,
  EDQUOT: (path) => `Your quota of the disk is used up${at(path)}: make room and try again.`,
  EEXIST: (path) => `${path || 'The file'} exists already: give another path with -o, or --force to replace it.`,
  EACCES: (path) => `${path || 'The file'} may not be opened: you have no permission. Give another path.`,
  EPERM: (path) => `${path || 'The file'} may not be changed: you have no permission. Give another path.`,
  EROFS: (path) => `${path || 'The file'} is on a disk that cannot be written to. Give another path.`,
  ENOENT: (path) => `${path || 'The file'} is not there: check the path, or create the folder first.`,
  ENOTDIR: (path) => `A part of ${path || 'the path'} is a file and no folder. Give another path.`,
  EISDIR: (path) => `${path || 'The path'} is a folder: give the name of a file in it.`,
  ENAMETOOLONG: () => 'The name of the file is too long: give a shorter one with -o.',
  EFBIG: (path) => `The file is larger than files may be there${at(path)}: give another path.`,
  EIO: (path) => `The disk does not work${at(path)}: give another path.`,
}

function ofThisMachine({ code, path, message }: Failure): Described | null {
  const text = code === undefined ? undefined : texts[code]
  // The SDK names the path in the sentence.
  const named = path ?? (code === 'EEXIST' ? / ?(\S+) exists already/.exec(message)?.[1] : undefined)
  if (text) return { sentence: text(oneLine(named ?? '')), exitCode: local }
  const notAnId = /^"(.*)" is no id/s.exec(message)
  if (notAnId) return { sentence: `"${oneLine(notAnId[1]!)}" is no id: give one like tsk_….`, exitCode: usage }
  return null
}

function at(path: string): string {
  return path ? ` (${path})` : ''
}
function also(fix: string | null | undefined): string {
  return fix ? ` ${oneLine(fix)}` : ''
}
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
