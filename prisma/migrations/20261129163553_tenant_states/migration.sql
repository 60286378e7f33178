-- AlterTable
ALTER TABLE "lane" ADD COLUMN     "resting" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "tenant" ADD COLUMN     "state" TEXT NOT NULL DEFAULT 'active',
ADD COLUMN     "state_since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- Written by hand: partial indexes, which the Prisma schema cannot express. Above each stands the question it answers.
-- Whose tenant queues rest, and which tenants are to be deleted?
CREATE INDEX "lane_resting" ON "lane"("tenant_id") WHERE "resting";
