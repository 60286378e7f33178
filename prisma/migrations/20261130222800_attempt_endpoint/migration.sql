-- AlterTable
ALTER TABLE "delivery_attempt" ADD COLUMN IF NOT EXISTS    "endpoint_id" TEXT,
ADD COLUMN     "response_headers" JSON;

-- CreateIndex
-- Allowed (require-concurrent-index-creation): the changelog has the statement that operators of large databases run before
CREATE INDEX IF NOT EXISTS "delivery_attempt_endpoint_id_id_idx" ON "delivery_attempt"("endpoint_id", "id");
