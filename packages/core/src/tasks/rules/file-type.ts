/** Kinds of files, by the end of their name and by their media type. */

/** Files that programs read and no person does: no text is mistaken for one. */
const binaryExtensions: ReadonlySet<string> = new Set([
  ...['zip', 'gz', 'tgz', 'tar', 'bz2', 'tbz2', 'xz', 'txz', 'zst', '7z', 'rar', 'lz4', 'iso', 'img', 'qcow2', 'vmdk'],
  ...['dmg', 'pkg', 'exe', 'msi', 'deb', 'rpm', 'apk', 'jar', 'war', 'whl', 'gem', 'crate', 'bin', 'wasm'],
  ...['pdf', 'epub', 'doc', 'docx', 'xls', 'xlsx', 'ppt', 'pptx', 'odt', 'ods', 'odp'],
  ...['parquet', 'avro', 'orc', 'npy', 'npz', 'sqlite', 'safetensors', 'gguf', 'onnx'],
  ...['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'heic', 'tif', 'tiff', 'bmp', 'ico', 'psd'],
  ...['mp3', 'm4a', 'flac', 'ogg', 'opus', 'wav', 'mp4', 'm4v', 'mov', 'mkv', 'webm', 'avi', 'ttf', 'otf', 'woff2'],
])
/** Files of text that are no pages. */
const dataExtensions: ReadonlySet<string> = new Set([
  ...['csv', 'tsv', 'json', 'xml', 'jsonl', 'ndjson', 'geojson', 'svg'],
])
/** Text, or any bytes at all. */
const vagueTypes =
  /^(?:text\/|application\/(?:octet-stream|json|xml|javascript|ecmascript|yaml|x-yaml|toml|sql|graphql|x-www-form-urlencoded|x-ndjson|x-sh|rtf|pgp-.*)$|(?:binary|multipart|message)\/)|[+](?:json|xml|yaml|json-seq)$/

/** In lower case; empty without one. */
export function extensionOf(path: string): string {
  return /\.([A-Za-z0-9]{1,16})$/.exec(path)?.[1]?.toLowerCase() ?? ''
}

/** A name that ends so leads to no page. */
export function isFileExtension(extension: string): boolean {
  return binaryExtensions.has(extension) || dataExtensions.has(extension)
}

export function isBinaryExtension(extension: string): boolean {
  return binaryExtensions.has(extension)
}

/** Whether text cannot be of this media type. */
export function isBinaryType(mimeType: string): boolean {
  return !vagueTypes.test(mimeType.toLowerCase())
}

export function isJsonType(mimeType: string): boolean {
  return /^(?:application|text)\/(?:[\w!#$&^.-]+\+)?json$/.test(mimeType)
}
