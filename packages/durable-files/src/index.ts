/** Small private files that are there whole or not at all, also after a power cut, and the directories for them. */
export { makeDirectory } from './make-directory.ts'
export { readIfThere, readOrCreatePrivateFile, replacePrivateFile, syncDirectory } from './private-file.ts'
