-- CreateTable
CREATE TABLE "tenant_total" (
    "tenant_id" TEXT NOT NULL,
    "live_tasks" BIGINT NOT NULL DEFAULT 0,
    "stored_bytes" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "tenant_total_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "usage_hour" (
    "tenant_id" TEXT NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "part" SMALLINT NOT NULL,
    "tasks_created" BIGINT NOT NULL DEFAULT 0,
    "tasks_completed" BIGINT NOT NULL DEFAULT 0,
    "tasks_failed" BIGINT NOT NULL DEFAULT 0,
    "tasks_canceled" BIGINT NOT NULL DEFAULT 0,
    "bytes_received" BIGINT NOT NULL DEFAULT 0,
    "bytes_sent" BIGINT NOT NULL DEFAULT 0,
    "stored_delta" BIGINT NOT NULL DEFAULT 0,
    "stored_byte_seconds" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "wakes" BIGINT NOT NULL DEFAULT 0,
    "delivery_attempts" BIGINT NOT NULL DEFAULT 0,
    "requests" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "usage_hour_pkey" PRIMARY KEY ("tenant_id","hour","part")
);

-- Written by hand: the totals of the tenants of before. Their usage of before is not known.
INSERT INTO "tenant_total" ("tenant_id", "live_tasks", "stored_bytes")
  SELECT n."id",
    count(t."id") FILTER (WHERE t."state" IN ('suspended', 'waiting', 'dispatched', 'running', 'completing')),
    coalesce(sum(t."file_bytes") FILTER (WHERE t."file_state" IN ('temporary', 'permanent')), 0)
  FROM "tenant" n LEFT JOIN "task" t ON t."tenant_id" = n."id"
  GROUP BY n."id";
