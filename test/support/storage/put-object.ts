import type { ObjectSpec, ObjectStore, Upload, Writing } from '#transfer/storage/object-store.ts'

/** Stores bytes as an object. */
export async function putObject(
  objects: ObjectStore,
  object: ObjectSpec,
  body: Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  await fill(objects.openObject(object, body.byteLength, signal), body)
}

/** Stores bytes as a part; returns storage's receipt. */
export async function putPart(
  objects: ObjectStore,
  upload: Upload,
  { number, offset }: { number: number; offset: number },
  body: Uint8Array,
  signal?: AbortSignal,
): Promise<string> {
  return await fill(objects.openPart(upload, { number, offset, bytes: body.byteLength }, signal), body)
}

async function fill(writing: Writing, body: Uint8Array): Promise<string> {
  // In pieces, as from a socket.
  for (let at = 0; at < body.byteLength; at += 65_536) writing.write(body.subarray(at, at + 65_536), () => {})
  return await writing.stored
}
