-- DropIndex
DROP INDEX "task_session_id_state_idx";

-- CreateIndex
CREATE INDEX "task_session_id_state_tenant_id_idx" ON "task"("session_id", "state", "tenant_id");

-- Written by hand

-- What a task may wait for that is of all tenants together. As views, which read with the rights of their owner: the role of
-- tenants' requests sees only their own rows.
CREATE VIEW "fleet_in_flight" AS
  SELECT count(*)::int AS "count" FROM "task" WHERE "state" IN ('dispatched', 'running', 'completing');
CREATE VIEW "fleet_connections" AS
  SELECT "host", sum("connections")::int AS "count" FROM "task" WHERE "state" IN ('dispatched', 'running') GROUP BY "host";
