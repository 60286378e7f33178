import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeDirectory, readIfThere, replacePrivateFile } from '@backhaul/durable-files'
import type { DownloadJournal } from './download-journal.ts'
import type { DownloadState, Transfer, TransferFacts } from './download-state.ts'

/** The state of a download, and the journal for the attempt that begins. */
export interface FileJournal {
  state: DownloadState
  journal: DownloadJournal
  /** Removes the file, when the download is complete or no longer wanted. */
  remove(): Promise<void>
}

const untouched: DownloadState = { attempt: 0, transfer: null, parts: [], response: null, currentUrl: null }

/**
 * Opens the journal of one download in a file, which begins the next attempt. It is for one process at a time and does not
 * notice another one. Each verb replaces the whole file, durably. Throws what the file system throws.
 */
export async function openFileJournal(path: string): Promise<FileJournal> {
  await makeDirectory(dirname(path))
  const text = await readIfThere(path)
  const before = text === null ? untouched : (JSON.parse(text) as DownloadState)
  const state = { ...before, attempt: before.attempt + 1 }
  let now: DownloadState = state
  let written: Promise<void> = Promise.resolve()
  /** Writes run one after the other, so that the newest state is written last. */
  const keep = async (change: Partial<DownloadState>): Promise<true> => {
    now = { ...now, ...change }
    const text = JSON.stringify(now)
    const write = () => replacePrivateFile(path, text)
    written = written.then(write, write)
    await written
    return true
  }
  await keep({})
  const factsOf = ({ response, currentUrl }: TransferFacts) => ({ response, currentUrl })
  return {
    state,
    journal: {
      startGeneration: (transfer, facts) => keep({ transfer, parts: [], ...factsOf(facts) }),
      recordUpload: ({ uploadId, integrity }) =>
        keep({ transfer: { ...(now.transfer as Transfer), uploadId, integrity } }),
      recordPart: (_generation, part) =>
        keep({
          parts: [...now.parts.filter(({ number }) => number !== part.number), part].sort(
            (a, b) => a.number - b.number,
          ),
        }),
      finalize: (transfer, facts) => keep({ transfer, ...factsOf(facts) }),
      useConnections: async (wanted) => wanted,
      noteSecondRefused: async () => {},
      noteResumed: async () => {},
    },
    async remove() {
      await written.catch(() => {})
      await rm(path, { force: true })
    },
  }
}
