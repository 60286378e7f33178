-- AlterTable
ALTER TABLE "idempotency_key" ADD COLUMN     "tenant_id" TEXT;

-- AlterTable
ALTER TABLE "tenant" ADD COLUMN     "lease_until" TIMESTAMPTZ(3);

-- Written by hand: partial indexes, which the Prisma schema cannot express. Above each stands the question it answers.
-- Which responses to operators are about a tenant that is being deleted?
CREATE INDEX "idempotency_key_tenant" ON "idempotency_key"("tenant_id") WHERE "tenant_id" IS NOT NULL;
