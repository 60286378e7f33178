import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { makeDirectory, readOrCreatePrivateFile } from '@backhaul/durable-files'
import type { Config } from './config.ts'
import { decodeEncryptionKey, type EncryptionKeys } from './encryption-keys.ts'

interface InstallationSecrets {
  /** At least one; each is valid. */
  adminTokens: readonly string[]
  encryptionKeys: EncryptionKeys
  /** Made by this very call: the first start, when the token is worth printing. */
  created: { adminToken: boolean; encryptionKey: boolean }
}

/**
 * Takes secrets from the configuration; missing ones are made once and kept in DATA_DIR (mode 600), the same for every
 * process that shares the folder. Errors: DATA_DIR cannot be written, or a kept key is damaged.
 */
export async function installationSecrets(
  config: Pick<Config, 'dataDir' | 'adminTokens' | 'encryptionKeys'>,
): Promise<InstallationSecrets> {
  const { dataDir } = config
  const kept = async (file: string, make: () => string) => {
    try {
      await makeDirectory(dataDir)
      const { content, created } = await readOrCreatePrivateFile(join(dataDir, file), () => `${make()}\n`)
      return { value: content.trim(), created }
    } catch (error) {
      throw new Error(`DATA_DIR ${dataDir} cannot be used (${(error as NodeJS.ErrnoException).code})`)
    }
  }
  const token = config.adminTokens === null ? await kept('admin-token', makeAdminToken) : null
  const key = config.encryptionKeys === null ? await kept('encryption-key', makeEncryptionKey) : null
  return {
    adminTokens: config.adminTokens ?? [token?.value || damaged(dataDir, 'admin-token')],
    encryptionKeys:
      key === null ? config.encryptionKeys! : [decodeEncryptionKey(key.value) ?? damaged(dataDir, 'encryption-key')],
    created: { adminToken: token?.created ?? false, encryptionKey: key?.created ?? false },
  }
}

function makeAdminToken(): string {
  return `bha_${randomBytes(32).toString('base64url')}`
}

function makeEncryptionKey(): string {
  return randomBytes(32).toString('base64')
}

function damaged(dataDir: string, file: string): never {
  throw new Error(`${join(dataDir, file)} is damaged: restore it from a copy`)
}
