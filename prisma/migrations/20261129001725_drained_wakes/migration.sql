-- AlterTable
ALTER TABLE "session" ADD COLUMN     "defaults_version" INTEGER NOT NULL DEFAULT 1;

-- Written by hand

-- Draining: is anything of this session about to be marked as due?
CREATE INDEX "task_session_becoming_due" ON "task"("session_id", "ready_at") WHERE "state" = 'waiting' AND NOT "due";
-- Or, after it was handed out before, about to come back?
CREATE INDEX "task_session_returning" ON "task"("session_id", "ready_at") WHERE "state" = 'waiting' AND NOT "due" AND "epoch" > 0;
DROP INDEX "task_session_ready";
DROP INDEX "task_session_retrying";
-- Which sessions are owed a wake, one after the other?
CREATE INDEX "session_wake_owed" ON "session"("id") WHERE "wake_due_at" IS NOT NULL;
