/** The media type of a Content-Type, in lower case and without parameters; null when it is absent or malformed. */
export function mediaType(contentType: string | undefined): string | null {
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  return type && /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type) ? type.slice(0, 127) : null
}
