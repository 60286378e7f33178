import { responseNoteCodes } from '@backhaul/transfer/rules'
import { extensionOf, isBinaryExtension, isBinaryType, isFileExtension, isJsonType } from './file-type.ts'
import type { Task } from './task.ts'

/** Warnings about a file although its transfer has succeeded. */
export const warningCodes = [
  'html_instead_of_file',
  'json_instead_of_file',
  'lfs_pointer',
  'unexpected_size',
  'length_not_verified',
  ...responseNoteCodes,
] as const
export type WarningCode = (typeof warningCodes)[number]

export interface Warning {
  code: WarningCode
  /** One sentence for people. */
  detail: string
}

type WarnedTask = Pick<
  Task,
  'request' | 'currentUrl' | 'response' | 'file' | 'expected' | 'maximumBytes' | 'countOfBytesClientExpectsToReceive'
>

const xhtml = 'application/xhtml+xml'
const pageTypes: ReadonlySet<string> = new Set(['text/html', xhtml])
/** countOfBytesClientExpectsToReceive is a best guess; no less than so much over it is worth a word. */
const toleratedExcess = 0.1

/**
 * The warnings about a task's file; empty for most, and for a task without a file: its error says what is wrong.
 * Members that the client had checked (`expected`) are not doubted again.
 */
export function warningsOf(task: WarnedTask): Warning[] {
  const { expected } = task
  if (task.file === null) return []
  const notes = [...(task.response?.notes ?? [])]
  if (expected?.sha256 !== undefined || expected?.md5 !== undefined || expected?.crc32 !== undefined) return notes
  const doubts = [insteadOfFile(task), unexpectedSize(task), lengthNotVerified(task)].filter(
    (warning) => warning !== null,
  )
  return [...doubts, ...notes]
}

/**
 * A login page, a page or JSON that says "not found" with a 200, a page about the file, a pointer to it: the usual ways to lose a
 * file. The bytes count more than the media type.
 */
function insteadOfFile(task: WarnedTask): Warning | null {
  const { file, response } = task
  if (file === null || response === null) return null
  const kind = response.sniffed?.kind ?? 'other'
  if (kind === 'lfsPointer')
    return { code: 'lfs_pointer', detail: 'the origin sent a pointer of Git LFS, not the file that it points to' }
  if (kind === 'binary') return null
  const mimeType = response.mimeType ?? ''
  const isPage = kind === 'html' || pageTypes.has(mimeType)
  if (kind === 'json' || (kind === 'other' && isJsonType(mimeType))) return jsonInsteadOfFile(task)
  return isPage ? htmlInsteadOfFile(task) : null
}

function htmlInsteadOfFile(task: WarnedTask): Warning | null {
  const mimeType = task.response?.mimeType ?? null
  const isDeclared = pageTypes.has(mimeType ?? '')
  const missed = missedFile(task, (extension) => {
    if (isDeclared) return isFileExtension(extension) && !(extension === 'xml' && mimeType === xhtml)
    // XML and SVG may begin like HTML.
    if (mimeType === null) return isFileExtension(extension) && extension !== 'xml' && extension !== 'svg'
    return isBinaryExtension(extension)
  })
  const sent = `the origin sent a page (${isDeclared ? mimeType : 'by its first bytes'})`
  if (missed !== null) return { code: 'html_instead_of_file', detail: `${sent} where ${missed}` }
  if (!isFormInsteadOfFile(task)) return null
  return { code: 'html_instead_of_file', detail: `${sent} with a form where a file was expected` }
}

function jsonInsteadOfFile(task: WarnedTask): Warning | null {
  const mimeType = task.response?.mimeType ?? ''
  const missed = missedFile(task, isBinaryExtension)
  if (missed === null) return null
  const sent = `the origin sent JSON (${isJsonType(mimeType) ? mimeType : 'by its first bytes'})`
  return { code: 'json_instead_of_file', detail: `${sent} where ${missed}` }
}

/** What shows that a file was meant: media types that were expected and that no text has, else the end of a name. */
function missedFile(
  { response, expected, request, currentUrl }: WarnedTask,
  isOfFile: (extension: string) => boolean,
): string | null {
  const types = expected?.mimeTypes
  if (types) return types.every(isBinaryType) && types.length > 0 ? `${types[0]} was expected` : null
  const names = [pathOf(request.url), pathOf(currentUrl ?? request.url), response?.suggestedFilename ?? '']
  const extension = names.map(extensionOf).find(isOfFile)
  return extension === undefined ? null : `the name ends in .${extension}`
}

/** A page with a form, most likely to log in, where the client speaks of sizes and has not asked for a page. */
function isFormInsteadOfFile(task: WarnedTask): boolean {
  const { file, response, request, expected, maximumBytes, countOfBytesClientExpectsToReceive: guess } = task
  if (file === null || !response?.sniffed?.hasForm || expected?.mimeTypes) return false
  const path = pathOf(request.url)
  if (path === '/' || /^x?html?$/.test(extensionOf(path))) return false
  const isOfOtherSize = guess !== null && Math.abs(file.bytes - guess) > guess * toleratedExcess
  return isOfOtherSize || (guess === null && maximumBytes !== null)
}

function unexpectedSize({ file, expected, countOfBytesClientExpectsToReceive: guess }: WarnedTask): Warning | null {
  if (file === null || guess === null || expected?.bytes !== undefined) return null
  if (file.bytes - guess <= guess * toleratedExcess) return null
  return {
    code: 'unexpected_size',
    detail: `the file has ${file.bytes} bytes, countOfBytesClientExpectsToReceive said ${guess}`,
  }
}

/** RFC 9112 §8: without a length, a connection that breaks looks like one that ends. */
function lengthNotVerified({ file, response, expected }: WarnedTask): Warning | null {
  if (file === null || response?.lengthVerified !== false || expected?.bytes !== undefined) return null
  return {
    code: 'length_not_verified',
    detail:
      'the origin gave no length and ended the file by closing the connection, so nothing proves that it is whole',
  }
}

function pathOf(url: string): string {
  return new URL(url).pathname
}
