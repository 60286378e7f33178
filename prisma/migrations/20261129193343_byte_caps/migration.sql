-- AlterTable
ALTER TABLE "lane" ADD COLUMN     "daily_cap" BIGINT,
ADD COLUMN     "stored_cap" BIGINT;
