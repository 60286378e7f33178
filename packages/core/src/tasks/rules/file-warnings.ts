import { responseNoteCodes } from '@backhaul/transfer/rules'
import type { Task } from './task.ts'

/** Warnings about a file although its transfer has succeeded. */
export const warningCodes = [
  'html_instead_of_file',
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
  'request' | 'currentUrl' | 'response' | 'file' | 'expected' | 'countOfBytesClientExpectsToReceive'
>

/** Kinds of files that no page is mistaken for: a name that ends so does not lead to HTML. */
const fileExtensions: ReadonlySet<string> = new Set([
  ...['zip', 'gz', 'tgz', 'tar', 'bz2', 'tbz2', 'xz', 'txz', 'zst', '7z', 'rar', 'lz4', 'iso', 'img', 'qcow2', 'vmdk'],
  ...['dmg', 'pkg', 'exe', 'msi', 'deb', 'rpm', 'apk', 'jar', 'war', 'whl', 'gem', 'crate', 'bin', 'wasm'],
  ...['pdf', 'epub', 'doc', 'docx', 'xls', 'xlsx', 'ppt', 'pptx', 'odt', 'ods', 'odp', 'csv', 'tsv', 'json', 'xml'],
  ...['jsonl', 'ndjson', 'geojson', 'parquet', 'avro', 'orc', 'npy', 'npz', 'sqlite', 'safetensors', 'gguf', 'onnx'],
  ...['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'heic', 'tif', 'tiff', 'bmp', 'svg', 'ico', 'psd'],
  ...['mp3', 'm4a', 'flac', 'ogg', 'opus', 'wav', 'mp4', 'm4v', 'mov', 'mkv', 'webm', 'avi', 'ttf', 'otf', 'woff2'],
])
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
  const doubts = [htmlInsteadOfFile(task), unexpectedSize(task), lengthNotVerified(task)].filter(
    (warning) => warning !== null,
  )
  return [...doubts, ...notes]
}

/** A login page, a page that says "not found" with a 200, a page about the file: the usual ways to lose a file. */
function htmlInsteadOfFile({ file, response, expected, request, currentUrl }: WarnedTask): Warning | null {
  const mimeType = response?.mimeType ?? ''
  if (file === null || response === null || expected?.mimeTypes !== undefined || !pageTypes.has(mimeType)) return null
  const names = [pathOf(request.url), pathOf(currentUrl ?? request.url), response.suggestedFilename]
  // XHTML is XML.
  const extension = names.map(extensionOf).find((name) => isOfFile(name) && !(name === 'xml' && mimeType === xhtml))
  if (extension === undefined) return null
  return {
    code: 'html_instead_of_file',
    detail: `the origin sent a page (${mimeType}) where the name ends in .${extension}`,
  }
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

function isOfFile(extension: string): boolean {
  return fileExtensions.has(extension)
}

function pathOf(url: string): string {
  return new URL(url).pathname
}

/** Lower case; empty without one. */
function extensionOf(path: string): string {
  return /\.([A-Za-z0-9]{1,16})$/.exec(path)?.[1]?.toLowerCase() ?? ''
}
