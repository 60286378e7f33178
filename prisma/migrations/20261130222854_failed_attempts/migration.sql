-- AlterTable
ALTER TABLE "usage_hour" ADD COLUMN     "delivery_attempts_failed" BIGINT NOT NULL DEFAULT 0;
