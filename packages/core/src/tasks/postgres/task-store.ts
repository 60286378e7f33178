import { once } from '../../idempotency/postgres/idempotency-keys.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { findTask } from '../../ledger/read-task.ts'
import { taskOf } from '../../ledger/task-row.ts'
import type { TaskStore } from '../task-store.ts'
import { applyTaskChange } from './change-task.ts'
import { insertTasks } from './insert-tasks.ts'
import { countTasks, countWaiting, listTasks } from './list-tasks.ts'
import { longestWaits } from './longest-waits.ts'
import { cancelKeepingTransfer, cancelTask, resumeTask, suspendTask } from './suspend-resume-cancel.ts'

export function createTaskStore(ledger: Ledger): TaskStore {
  return {
    createTasks: (tenantId, session, tasks, request) =>
      ledger.transaction((tx) => once(tx, request, () => insertTasks(tx, tenantId, session, tasks))),
    async findTask(tenantId, id) {
      const row = await findTask(ledger, tenantId, id)
      return row ? taskOf(row, ledger.encryptor) : null
    },
    listTasks: (tenantId, filter, query) => listTasks(ledger, tenantId, filter, query),
    countTasks: (tenantId, session) => countTasks(ledger, tenantId, session),
    countWaiting: (tenantId, session) => countWaiting(ledger, tenantId, session),
    longestWaits: (tenantId, session) => longestWaits(ledger, tenantId, session),
    suspendTask: (tenantId, id) => ledger.transaction((tx) => suspendTask(tx, tenantId, id)),
    resumeTask: (tenantId, id) => ledger.transaction((tx) => resumeTask(tx, tenantId, id)),
    cancelTask: (tenantId, id) => ledger.transaction((tx) => cancelTask(tx, tenantId, id)),
    cancelKeepingTransfer: (tenantId, id) => ledger.transaction((tx) => cancelKeepingTransfer(tx, tenantId, id)),
    changeTask: (tenantId, id, change) => ledger.transaction((tx) => applyTaskChange(tx, tenantId, id, change)),
  }
}
