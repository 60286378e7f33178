/** Other names of a media type, old or never registered, under the name that they stand for. */
const aliases: Record<string, readonly string[]> = {
  'application/zip': [
    'application/x-zip',
    'application/x-zip-compressed',
    'application/zip-compressed',
    'multipart/x-zip',
  ],
  'application/gzip': ['application/x-gzip', 'application/x-gunzip', 'application/gzipped', 'application/x-tgz'],
  'application/x-tar': ['application/tar', 'application/x-gtar', 'application/x-ustar'],
  'application/x-bzip2': ['application/bzip2', 'application/x-bzip', 'application/x-bz2'],
  'application/x-xz': ['application/xz'],
  'application/zstd': ['application/x-zstd', 'application/x-zstandard'],
  'application/x-7z-compressed': ['application/7z', 'application/x-7z'],
  'application/vnd.rar': ['application/x-rar', 'application/x-rar-compressed', 'application/rar'],
  'application/octet-stream': ['binary/octet-stream', 'application/binary', 'application/x-binary'],
  'application/pdf': ['application/x-pdf'],
  'application/json': ['application/x-json', 'text/json', 'text/x-json'],
  'application/xml': ['text/xml', 'application/x-xml'],
  'application/yaml': ['application/x-yaml', 'text/yaml', 'text/x-yaml'],
  'text/csv': ['application/csv', 'application/x-csv', 'text/x-csv', 'text/comma-separated-values'],
  'text/javascript': ['application/javascript', 'application/x-javascript', 'text/x-javascript'],
  'image/jpeg': ['image/jpg', 'image/pjpeg'],
  'image/png': ['image/x-png'],
  'image/bmp': ['image/x-bmp', 'image/x-ms-bmp'],
  'image/vnd.microsoft.icon': ['image/x-icon', 'image/ico'],
  'audio/mpeg': ['audio/mp3', 'audio/x-mp3', 'audio/x-mpeg', 'audio/mpeg3'],
  'audio/wav': ['audio/x-wav', 'audio/wave', 'audio/vnd.wave'],
  'audio/flac': ['audio/x-flac'],
  'audio/mp4': ['audio/x-m4a', 'audio/m4a'],
  'video/x-msvideo': ['video/avi', 'video/msvideo'],
  'font/woff': ['application/font-woff', 'application/x-font-woff'],
  'font/woff2': ['application/font-woff2', 'application/x-font-woff2'],
  'application/vnd.debian.binary-package': ['application/x-debian-package', 'application/x-deb'],
}
const names = new Map(Object.entries(aliases).flatMap(([name, others]) => others.map((other) => [other, name])))

/** Whether two media types in lower case mean the same. */
export function isSameMediaType(one: string, other: string): boolean {
  return (names.get(one) ?? one) === (names.get(other) ?? other)
}

/** Elements of a list, with their commas in quotes. */
const element = /(?:[^",]|"(?:[^"\\]|\\.)*"?)+/g
const maxLength = 127

/**
 * The media type of a Content-Type field, in lower case and without its parameters. Some servers send the field twice, which says the
 * same if the types are equal or two names of one type; the first name counts. Null: there is none, or no clear one.
 */
export function mediaType(contentType: string | undefined): string | null {
  const types = (contentType ?? '').match(element)?.map((one) => one.split(';')[0]!.trim().toLowerCase()) ?? []
  const [type] = types
  if (type === undefined || types.some((other) => !isSameMediaType(type, other))) return null
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type) ? type.slice(0, maxLength) : null
}
