import { StorageUnavailable } from '../object-store.ts'
import { errorCode } from './durable-write.ts'

/** Maps every error of the file system to StorageUnavailable. Its own message would show paths, so it is only the cause. */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) {
      throw new StorageUnavailable(`the disk refused: ${errorCode(error) ?? 'unknown'}`, { cause: error })
    }
    throw error
  }
}
