-- AlterTable
ALTER TABLE "api_key" ADD COLUMN     "allowed_cidrs" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "created_by" TEXT NOT NULL DEFAULT 'operator',
ADD COLUMN     "hint" TEXT,
ADD COLUMN     "last_used_at" TIMESTAMPTZ(3),
ADD COLUMN     "replaced_by" TEXT;
