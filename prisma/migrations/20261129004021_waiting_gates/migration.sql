-- AlterTable
ALTER TABLE "task" ADD COLUMN     "gate_delay_seconds" DOUBLE PRECISION;

-- Written by hand

-- A suspended task is not gated, nor is one that could not begin before the gate anyway.
UPDATE "task" SET "gated" = false,
  "gated_until" = CASE WHEN "state" = 'suspended' AND "began_at" IS NOT NULL THEN "gated_until" END
WHERE "gated" AND "ended_at" IS NULL AND ("state" = 'suspended' OR "earliest_begin_date" >= "gated_until");
-- The delay is known from the wake before its creation.
UPDATE "task" SET "gate_delay_seconds" = (
  SELECT "delay_after_seconds" FROM "wake"
  WHERE "wake"."tenant_id" = "task"."tenant_id" AND "opened_at" <= "task"."created_at" ORDER BY "opened_at" DESC LIMIT 1
) WHERE "gated" AND "ended_at" IS NULL;
UPDATE "limiter" SET "gated_live" =
  (SELECT count(*) FROM "task" WHERE "task"."tenant_id" = "limiter"."tenant_id" AND "gated" AND "ended_at" IS NULL);
