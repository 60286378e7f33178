/** Downloads a URL into storage, in attempts that take up what earlier ones left. */

export { createMemoryBudget, type MemoryBudget } from './bytes/memory-budget.ts'
export { download } from './engine/download.ts'
export type { Download, DownloadPorts } from './engine/download-context.ts'
export { type DownloadJournal, DownloadSuperseded } from './engine/download-journal.ts'
export { type DownloadRequest, requestFor } from './engine/download-request.ts'
export {
  type DownloadState,
  newProgress,
  type Progress,
  type StoredFile,
  type Transfer,
  type TransferFacts,
} from './engine/download-state.ts'
export { type FileJournal, openFileJournal } from './engine/file-journal.ts'
export { createPace, type LimitedPace, type Pace } from './http/pace.ts'
export { TransferError, type TransferErrorName } from './http/rules/transfer-error.ts'
export { createSharedRate, type RateUse, type SharedRate } from './http/shared-rate.ts'
export { createHttpSource, type HttpSource, type HttpSourceOptions } from './source/http-source.ts'
export { type AttemptFacts, AttemptFailure } from './source/rules/attempt-failure.ts'
export { userAgent, version } from './source/rules/user-agent.ts'
export type { Source, SourceResponse } from './source/source.ts'
