-- CreateTable
CREATE TABLE "gone_task" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "gone_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "gone_task_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateIndex
CREATE INDEX "gone_task_gone_at_idx" ON "gone_task"("gone_at");

-- Written by hand: partial indexes, and how soon dead rows are vacuumed.

-- Which ended tasks have nothing in storage, and are the oldest?
CREATE INDEX "task_forgettable" ON "task"("ended_at", "id") WHERE "ended_at" IS NOT NULL AND "garbage" IS NULL AND "resume_until" IS NULL AND ("file_state" IS NULL OR "file_state" IN ('released', 'expired'));
-- Which sessions were invalidated long ago?
CREATE INDEX "session_invalidated" ON "session"("invalidated_at", "id") WHERE "state" = 'invalidated';
-- Which wakes were closed long ago?
CREATE INDEX "wake_closed" ON "wake"("closed_at") WHERE "state" <> 'open';
-- Which endpoints were deleted long ago?
CREATE INDEX "endpoint_deleted" ON "endpoint"("deleted_at") WHERE "deleted_at" IS NOT NULL;

-- Rows of these tables change a few times and go some weeks later. By default they are vacuumed when a fifth has changed: by
-- then the indexes that claims and sweeps read lead over as many dead rows.
ALTER TABLE "task" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE "task_step" SET (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "transfer_part" SET (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "event" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE "delivery" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE "delivery_attempt" SET (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "gone_task" SET (autovacuum_vacuum_scale_factor = 0.05);
