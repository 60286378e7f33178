/**
 * What can be odd about a response whose bytes are a file all the same. Each becomes a warning of the file, and words in the
 * timeline.
 */
export const responseNoteCodes = [
  /** The head, or the framing of the body, was read leniently. */
  'lenient_head',
  /** 204 or 205: an empty file. */
  'no_content',
  /** A 2xx status that is not meant for a file. */
  'unexpected_status',
  /** The bytes are in a content coding (RFC 9110 §8.4) that was not asked for. */
  'content_encoded',
  /** The entity tag changes with every response, so an interrupted download begins anew. */
  'validator_unstable',
  /** The origin answers requests for a range with something else, so ranges are not used. */
  'ranges_unusable',
  /** User information in a redirect's target was left out. */
  'redirect_credentials_dropped',
] as const

/** Events carry the notes, and stay under 20 kB (Standard Webhooks). */
export const maxNoteLength = 100
export const maxNotes = 3
/** Of a content coding that is shown. */
export const maxCodingLength = 32

export interface ResponseNote {
  code: (typeof responseNoteCodes)[number]
  /** One sentence for people, {@link maxNoteLength} characters at most. It repeats nothing of the response that may be secret. */
  detail: string
}

/** The notes with another one; of one code the first stays, and of too many the first {@link maxNotes}. */
export function withNote(notes: readonly ResponseNote[], note: ResponseNote): readonly ResponseNote[] {
  if (notes.length >= maxNotes || notes.some(({ code }) => code === note.code)) return notes
  return [...notes, { ...note, detail: note.detail.slice(0, maxNoteLength) }]
}
