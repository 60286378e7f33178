/** Small private files that exist complete or not at all, even after a power cut, and the directories for them. */
export { makeDirectory } from './make-directory.ts'
export { readIfThere, readOrCreatePrivateFile, replacePrivateFile, syncDirectory } from './private-file.ts'
