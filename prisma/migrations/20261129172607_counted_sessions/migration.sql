-- AlterTable
ALTER TABLE "tenant_total" ADD COLUMN     "sessions" BIGINT NOT NULL DEFAULT 0;

-- Written by hand: the sessions of before.
UPDATE "tenant_total" t SET "sessions" =
  (SELECT count(*) FROM "session" s WHERE s."tenant_id" = t."tenant_id" AND s."state" <> 'invalidated');
