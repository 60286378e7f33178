-- AlterTable
ALTER TABLE "task" ADD COLUMN     "maximum_bytes_per_second" BIGINT;

-- CreateTable
CREATE TABLE "bandwidth" (
    "scope_id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "shares" JSONB NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "bandwidth_pkey" PRIMARY KEY ("scope_id")
);
